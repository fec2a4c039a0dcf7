// The agent in a Node target: it answers as `sitecustomize.py` does, and the same rule holds for it: the target must
// behave as it would without it. It keeps no process alive, listens to no signal, and is silent where it cannot start.
//
// Memory is what V8 holds behind a full collection, with the buffers outside of its heap. A worker thread has a heap
// of its own, which cannot be seen from here: while there is one, no memory is told rather than a part of it.
'use strict'

const begin = (folder) => {
  const { isMainThread } = require('node:worker_threads')
  if (!isMainThread) return
  const path = require('node:path').join(folder, `${process.pid}.sock`)
  let threads = 0
  process.on('worker', (worker) => {
    threads += 1
    worker.once('exit', () => (threads -= 1))
  })

  let collect = null
  const collector = () => {
    const v8 = require('node:v8')
    v8.setFlagsFromString('--expose-gc')
    const found = require('node:vm').runInNewContext('gc')
    v8.setFlagsFromString('--no-expose-gc') // a context that the program makes is as it would be without us
    return found
  }
  const pause = () => new Promise((resolve) => setImmediate(resolve))

  const sample = async () => {
    if (collect === null || threads > 0) return { traced_bytes: null }
    for (let turn = 0; turn < 2; turn += 1) {
      collect()
      await pause() // what a first collection found dead is cleaned up by tasks, and dies in the second
      await pause()
    }
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return { traced_bytes: heapUsed + external }
  }
  const start = () => {
    collect ??= collector()
    return threads === 0
  }
  const answers = { start, sample, stop: () => true, baseline: () => false, grown: () => [] }

  const server = require('node:net').createServer((connection) => {
    connection.unref()
    connection.on('error', () => {})
    let text = ''
    connection.setEncoding('utf8').on('data', async (piece) => {
      text += piece
      if (!text.endsWith('\n')) return
      let answer = null
      try {
        const question = JSON.parse(text)
        answer = Object.hasOwn(answers, question) ? await answers[question]() : null
      } catch {} // whatever it is, it is not the target's concern
      text = ''
      connection.write(`${JSON.stringify(answer)}\n`)
    })
  })
  server.on('error', () => {})
  server.listen({ path, exclusive: true }).unref() // exclusive: of a cluster, each process has its own
}

try {
  if (process.env.EDGEPROOF_AGENT_DIR) begin(process.env.EDGEPROOF_AGENT_DIR)
} catch {} // no such folder, no unix sockets: then there is no agent
