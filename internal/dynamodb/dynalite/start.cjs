'use strict'
// Starts dynalite: node start.cjs PORT (0: any free one). Its own command line
// would do, but for four things.
//  - It listens on 127.0.0.1 only, and says on its first line of output where.
//  - A table is ACTIVE at once.
//  - Connections are kept open: a frozen Lambda environment comes back to its
//    connection after minutes.
//  - It ends with the program that started it: standard input is a pipe.
const dynalite = require('dynalite')

const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 })
server.keepAliveTimeout = 0
server.requestTimeout = 0
server.headersTimeout = 0

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
