// The first step of `npm test`: one sentence instead of a hundred strange errors.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`express-cis2 needs Node 20.19 or later; this is Node ${process.versions.node}.`)
  process.exit(1)
}
