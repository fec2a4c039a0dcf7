// Errors in OpenAI's shape.
export function explain(answer, status, message) {
  answer.writeHead(status, { 'content-type': 'application/json' })
  answer.end(JSON.stringify({ error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error' } }))
}
