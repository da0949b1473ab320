/**
 * The summary file of long test runs: one line of JSON for each job that has ended, with the commit it ran at. It is
 * only ever appended to, so that what was stopped loses no more than the jobs under way.
 */

const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/** Returns a name for the folder's commit and the changes since. */
function commitOf(root) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const head = git('rev-parse', '--short=12', 'HEAD').trim();
  const added = git('ls-files', '--others', '--exclude-standard').split('\n').filter(Boolean);
  const changes = [git('diff', 'HEAD'), ...added.flatMap((name) => [name, fs.readFileSync(path.join(root, name))])];
  if (changes.join('') === '') {
    return head;
  }
  const hash = changes.reduce((sum, part) => sum.update(part), createHash('sha256'));
  return `${head}+${hash.digest('hex').slice(0, 8)}`;
}

class Journal {
  #file;
  #commit;
  /** Job → how it ended, each time. */
  #ends = new Map();

  constructor(file, commit) {
    this.#file = file;
    this.#commit = commit;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    if (text !== '' && !text.endsWith('\n')) {
      // The run was stopped in the middle of a line.
      fs.appendFileSync(file, '\n');
    }
    for (const line of text.split('\n')) {
      this.#read(line);
    }
  }

  #read(line) {
    let end;
    try {
      end = JSON.parse(line);
    } catch {
      return;
    }
    if (end.commit === this.#commit) {
      this.#keep(end);
    }
  }

  #keep(end) {
    this.#ends.set(end.job, [...this.of(end.job), end]);
  }

  /** How the job has ended at this commit: [{ passed, seconds, output }], in order. */
  of(job) {
    return this.#ends.get(job) ?? [];
  }

  record(job, how) {
    const end = { commit: this.#commit, job, ...how };
    fs.appendFileSync(this.#file, `${JSON.stringify(end)}\n`);
    this.#keep(end);
  }

  /** Where the output of the job's next run is kept, should it fail. */
  outputOf(job) {
    const folder = `${this.#file.replace(/\.\w+$/, '')}-failed`;
    fs.mkdirSync(folder, { recursive: true });
    const name = `${this.#commit} ${job} ${this.of(job).length + 1}`;
    return path.join(folder, `${name.replace(/[^\w.+-]+/g, '-')}.txt`);
  }
}

module.exports = { Journal, commitOf };
