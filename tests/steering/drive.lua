-- SPDX-License-Identifier: Apache-2.0
-- drive.lua MODULE TABLE CASES: submits each of the cases (a Lua file that returns a list of job descriptions) and prints, a line each, what
-- came of it: return code, constraint, what the user is told, what is logged.

local said

slurm = { SUCCESS = 0, ERROR = -1 }
for _, name in ipairs({ "log_user", "log_info", "log_error" }) do
	slurm[name] = function(...) said[name] = (said[name] or "") .. string.format(...) end
end

local module = dofile(arg[1])
module.table_path = arg[2]
local parts = { one = { name = "first", flag_default = 0 }, two = { name = "main", flag_default = 1 } }
for _, job in ipairs(dofile(arg[3])) do
	said = {}
	local rc = module.steer(job, parts)
	print(table.concat({ rc, job.features or "-", said.log_user or "-", (said.log_info or "") .. (said.log_error or "") }, "\t"))
end
