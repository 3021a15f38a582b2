// Colour for people, none for files: plain functions that wrap text in terminal codes, or leave it.

export type Ink = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'yellow', (text: string) => string>>;

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Colours when `on`. */
export function ink(on: boolean): Ink {
  const wrap = (code: number) => (text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { bold, dim, red, green, yellow, cyan } = codes;
  return {
    bold: wrap(bold),
    dim: wrap(dim),
    red: wrap(red),
    green: wrap(green),
    yellow: wrap(yellow),
    cyan: wrap(cyan),
  };
}

/** Text broken into lines of at most `width`, each behind `indent`. */
export function wrapText(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join('\n');
}
