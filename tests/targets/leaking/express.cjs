// A byte pipe on Express.
const express = require('express')
const { passOn, port } = require('./upstream.cjs')

const app = express()
app.get('/healthz', (asked, answer) => answer.send('ok'))
app.post('/v1/chat/completions', passOn)
app.listen(port, '127.0.0.1')
