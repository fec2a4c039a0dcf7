// Server-sent events from bytes, however they come in pieces (WHATWG HTML, section 9.2).
export interface ServerEvent {
  type: string
  data: string
}

export class EventParser {
  // workerd takes a byte order mark from the start of each piece, and not of the stream alone.
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  private begun = false
  private rest = ''
  private type = ''
  private data: string[] = []

  // Takes more bytes and returns the events that they complete; throws when they are no UTF-8.
  feed(piece: Uint8Array): ServerEvent[] {
    const text = this.decoder.decode(piece, { stream: true })
    this.rest += this.begun ? text : text.replace(/^\uFEFF/, '')
    this.begun ||= text !== ''
    // A CR at the end may be half of a CRLF, so it waits for what comes next.
    const whole = this.rest.endsWith('\r') ? this.rest.slice(0, -1) : this.rest
    const lines = whole.split(/\r\n|\n|\r/)
    this.rest = lines.pop() + this.rest.slice(whole.length)
    return lines.flatMap((line) => this.line(line) ?? [])
  }

  private line(line: string): ServerEvent | undefined {
    if (line === '') {
      const event = this.data.length ? { type: this.type || 'message', data: this.data.join('\n') } : undefined
      this.type = ''
      this.data = []
      return event
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.data.push(value)
    if (name === 'event') this.type = value
    return undefined
  }
}
