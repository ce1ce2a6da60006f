-- wrk sends one cookie after the other of the file that it is given.
local cookies, at = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do cookies[#cookies + 1] = line end
end

function request()
  if #cookies == 0 then return wrk.format() end
  at = at % #cookies + 1
  return wrk.format(nil, nil, { Cookie = cookies[at] })
end
