// autocannon as a process of its own; prints requests and requests per second.
import autocannon from 'autocannon'

const { url, cookies, seconds, connections } = JSON.parse(process.argv[2])
const requests = (cookies.length === 0 ? [''] : cookies).map((cookie) => ({ headers: { cookie } }))
const result = await autocannon({ url, connections, duration: seconds, requests })
if (result.non2xx + result.errors + result.timeouts > 0) throw new Error(`${url} was not always answered 200`)
const { total, average } = result.requests
console.log(JSON.stringify({ requests: total, rate: average }))
