-- For wrk: posts the reports of the pack in PACK in turn, each its own.
-- CLOSE=1 asks for a new connection each; SKIP leaves out so many at first.
local file = assert(io.open(os.getenv("PACK"), "rb"))
local data = file:read("*a")
file:close()

local function u32(at)
	local a, b, c, d = data:byte(at, at + 3)
	return a + b * 256 + c * 65536 + d * 16777216
end

local bodies, at = {}, 1
while at + 8 <= #data do
	local len = u32(at)
	bodies[#bodies + 1] = data:sub(at + 8, at + 7 + len)
	at = at + 8 + len
end
data = nil

wrk.headers["Content-Type"] = "application/tlsrpt+gzip"
if os.getenv("CLOSE") == "1" then
	wrk.headers["Connection"] = "close"
end
local i = tonumber(os.getenv("SKIP") or "0")
function request()
	i = i % #bodies + 1
	return wrk.format("POST", nil, nil, bodies[i])
end
