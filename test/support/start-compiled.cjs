// Starts the program beside it, and leaves to later starts what V8 compiled for this one: without, most of a start is compiling.

const { isWorker } = require('node:cluster');
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

const program = join(__dirname, 'program.cjs');
const command = /^[a-z]+$/.exec(process.argv[2])?.[0] ?? 'any';
/** Each command runs other functions; so do the primary of workers and each of them. */
const kind = [command, process.argv.includes('--workers') && 'of workers', isWorker && 'one of them'];
const kept = join(__dirname, `${kind.filter(Boolean).join(' ')} ${process.version}.compiled`);
const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;

const parameters = 'require, module, exports, __filename, __dirname';
const script = new Script(`(function (${parameters}) {${readFileSync(program, 'latin1')}\n})`, {
  filename: program,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (cachedData === undefined) {
  // At the end, when all is compiled that is ever called. Who failed has not come far.
  process.once('exit', (code) => {
    if (code !== 0) return;
    const writing = `${kept}.${process.pid}`;
    writeFileSync(writing, script.createCachedData());
    renameSync(writing, kept);
  });
}
const started = { exports: {} };
script.runInThisContext()(require, started, started.exports, program, __dirname);
