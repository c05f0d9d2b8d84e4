-- Requests for wrk: a mode, then a file of lines (barcodes or insight ids), each thread
-- walking its own part of them, and a number that keeps the voters of runs apart.
local lines, at, step, mode, run = {}, 0, 1, "barcode", "0"
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  mode, run = args[1], args[3] or "0"
  for line in io.lines(args[2]) do lines[#lines + 1] = line end
  at, step = number, 2
end

local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local alice = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Authorization"] = "Basic YWxpY2U6YWxpY2UtcGFzc3dvcmQ=",
}

function request()
  at = at + step
  local line = lines[at % #lines + 1]
  if mode == "barcode" then
    return wrk.format("GET", "/api/v1/questions/" .. line .. "?device_id=bench")
  end
  if mode == "detail" then
    return wrk.format("GET", "/api/v1/insights/detail/" .. line)
  end
  local body = "insight_id=" .. line .. "&annotation="
  if mode == "vote" then
    local device = "d" .. run .. "-" .. at
    return wrk.format("POST", "/api/v1/insights/annotate", form, body .. "1&device_id=" .. device)
  end
  return wrk.format("POST", "/api/v1/insights/annotate", alice, body .. "0")
end
