// Runs inside a Node target as it starts: what V8 has counted is written every second, so that a process which is
// killed has lost no more than that. V8 counts because NODE_V8_COVERAGE is set; at a normal end Node writes by itself.
const v8 = require('node:v8')
setInterval(() => v8.takeCoverage(), 1000).unref()

// A SIGTERM that nobody listens to would end the process before it writes; it ends all the same.
process.on('SIGTERM', function write() {
  v8.takeCoverage()
  process.off('SIGTERM', write)
  if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM')
})
