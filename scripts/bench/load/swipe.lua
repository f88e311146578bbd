-- What wrk sends: the swipes of world.Sequence, each by one of its people with
-- their access token. It keeps nothing in Lua's memory: the tokens are a mapped
-- file of records of one length.
local ffi = require("ffi")
ffi.cdef[[
int open(const char *path, int flags);
void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset);
]]

local threads = {}

function setup(thread)
   thread:set("thread", #threads)
   table.insert(threads, thread)
end

-- The arguments: file of tokens, length of a record, then world.Sequence's Users,
-- ring parts, Each, Active, Places, People, answerEvery, the first number, how far
-- apart a thread's numbers are, and those of two threads.
function init(args)
   local file = args[1]
   local n = {}
   for i = 2, #args do n[i] = tonumber(args[i]) end
   width, users, parts, each, active, places, people, every, number, step, apart =
      n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]
   number = number + thread * apart
   ring = math.floor(users / parts)
   stride = math.floor(users / active)
   local READ, PRIVATE = 1, 2
   local fd = ffi.C.open(file, 0)
   assert(fd >= 0, "cannot open the tokens")
   local at = ffi.C.mmap(nil, width * active, READ, PRIVATE, fd, 0)
   assert(tonumber(ffi.cast("intptr_t", at)) ~= -1, "cannot map the tokens")
   tokens = ffi.cast("const char *", at)
   head = "POST /v1/swipes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer "
end

local floor = math.floor

local function on_ring(p) return (p - 1) % ring == 0 and (p - 1) / ring < each end

-- world.Sequence.Swipe
local function swipe(n)
   local answer = floor(n / every)
   if n % every == 0 and answer < each * active then
      local i = answer * people % active
      return i, (i * stride - (1 + floor(answer / active) * ring)) % users + 1
   end
   n = n - math.min(answer + 1, each * active)
   local round, r = floor(n / (users - 1)), n % (users - 1)
   local i = (r * people + round) % active
   local p = 1 + r * places % (users - 1)
   if on_ring(p) or on_ring(users - p) then return nil end
   return i, (i * stride + p) % users + 1
end

-- world.MarkOf
local function mark(uid, sid)
   local x = (uid * 48271 + sid * 69621) % 1000003
   local h = x * x % 1000003 % 100
   if h < 2 then return "superlike" elseif h < 30 then return "like" end
   return "dislike"
end

function request()
   local i, sid
   repeat
      i, sid = swipe(number)
      number = number + step
   until i
   local body = '{"user_id":' .. string.format("%d", sid) .. ',"mark":"' .. mark(1 + i * stride, sid) .. '"}'
   return head .. ffi.string(tokens + i * width, width) .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

-- One line for load.WRK to read; times in microseconds. wrk asks the first thread
-- for a request that it never sends: one number of each run is lost.
function done(summary, latency)
   local e, next = summary.errors, 0
   for _, thread in ipairs(threads) do next = math.max(next, thread:get("number")) end
   io.write(string.format(
      'RESULT {"requests":%d,"duration_us":%d,"not_2xx":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d,"next":%d}\n',
      summary.requests, summary.duration, e.status, e.connect, e.read, e.write, e.timeout,
      latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max, next))
end
