/**
 * The program of a forwarder: hands TCP connections to `localhost` of the job's container on to its
 * services. It runs by the mounted node; its only argument is the list of forwards. A service that
 * is not there yet refuses the connection, as a published port would.
 */
export const FORWARDER = `
const net = require('node:net');
for (const { port, alias, servicePort } of JSON.parse(process.argv[1])) {
  for (const host of ['127.0.0.1', '::1']) {
    const server = net.createServer({ allowHalfOpen: true }, (from) => {
      const to = net.connect({ host: alias, port: servicePort, allowHalfOpen: true });
      const end = () => { from.destroy(); to.destroy(); };
      from.on('error', end); to.on('error', end);
      from.pipe(to); to.pipe(from);
    });
    server.on('error', () => undefined);
    server.listen(port, host);
  }
}
`;
