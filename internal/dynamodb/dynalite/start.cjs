'use strict'
// Starts dynalite: node start.cjs PORT (0: any free one). Its own command line
// would do, but for five things.
//  - It listens on 127.0.0.1 only, and says on its first line of output where.
//  - A table is ACTIVE at once.
//  - Connections are kept open: a frozen Lambda environment comes back to its
//    connection after minutes.
//  - No web page can read or change the tables: dynalite allows those of every
//    origin. This is internal/frontdoor's rule, but for the port: a tap passes on
//    the Host that a function gave it, and there are no pages here.
//  - It ends with the program that started it: standard input is a pipe.
const dynalite = require('dynalite')

const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 })
server.keepAliveTimeout = 0
server.requestTimeout = 0
server.headersTimeout = 0

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])\.?(:\d+)?$/i
const refusal = JSON.stringify({
  type: 'about:blank',
  title: 'Forbidden',
  status: 403,
  detail: 'Only programs of this machine are answered, by the name of loopback, and no web page.'
})
const [answer] = server.listeners('request')
server.removeAllListeners('request')
server.on('request', (request, response) => {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = request.headers
  if (loopback.test(host) && origin === undefined && (site === 'none' || site === 'same-origin')) {
    answer(request, response)
    return
  }
  request.resume()
  response.writeHead(403, { 'Content-Type': 'application/problem+json' })
  response.end(refusal)
})

server.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})

// dynalite throws the error of a connection that breaks in mid-request, which
// a killed function's does. That is no reason to take the database down.
process.on('uncaughtException', (error) => {
  if (error.code === 'ECONNRESET') return
  console.error(error)
  process.exit(1)
})

process.stdin.on('end', () => process.exit(0))
process.stdin.resume()

server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  const { address, port } = server.address()
  console.log(`http://${address}:${port}`)
})
