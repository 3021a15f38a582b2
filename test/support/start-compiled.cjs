// Starts the program beside it, and leaves to later starts what V8 compiled for this one: without, most of a start is compiling.

const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

const program = join(__dirname, 'program.cjs');
/** Each command runs other functions. */
const command = /^[a-z]+$/.exec(process.argv[2])?.[0] ?? 'any';
const kept = join(__dirname, `${command}-${process.version}.compiled`);
const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;

const parameters = 'require, module, exports, __filename, __dirname';
const script = new Script(`(function (${parameters}) {${readFileSync(program, 'latin1')}\n})`, {
  filename: program,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (cachedData === undefined) {
  // At the end, when all is compiled that is ever called.
  process.once('exit', () => {
    const writing = `${kept}.${process.pid}`;
    writeFileSync(writing, script.createCachedData());
    renameSync(writing, kept);
  });
}
const started = { exports: {} };
script.runInThisContext()(require, started, started.exports, program, __dirname);
