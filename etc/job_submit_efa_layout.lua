-- SPDX-License-Identifier: Apache-2.0
--
-- efa-layout in Slurm's job_submit/lua: a job is sent to nodes that have what it asks for, and not
-- refused by those that have not. A site's own job_submit.lua calls it; see efa-layout-steering(7).
--
--     local efa_layout = dofile("/usr/share/efa-layout/job_submit_efa_layout.lua")
--     function slurm_job_submit(job_desc, part_list, submit_uid)
--         local rc = efa_layout.steer(job_desc, part_list)
--         if rc ~= slurm.SUCCESS then return rc end
--         ...
--
-- What a job asks for is text of its user's. It is read as strictly as the gate reads it, and what
-- is not understood is left to the gate: nothing in it makes a submission fail. A job is refused
-- here only when the table says that no node can ever take it.
--
-- Runs under Lua 5.1 to 5.4. Features are called as in lib/node_features.h.

local M = {
	-- Written by "efa-layout nodes --lua".
	table_path = "/etc/efa-layout/nodes.lua",
	-- Seconds after which it is read again.
	reread = 60,
}

local FEATURE_LAYOUT, FEATURE_RAILS = "efa-layout-", "efa-rails-"
local REQUEST, OPTION = "EFA_LAYOUT_REQUEST", "_SLURM_SPANK_OPTION_efa_layout_"
local REQUEST_MAX, NAME_MAX, RAILS_MAX, CONSTRAINT_MAX = 256, 31, 64, 4096
-- slurm_errno.h: "Requested node configuration is not available". Lua has no name for it.
local ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE = 2014
local FLAG = { verbose = true, ["no-env"] = true }
local VALUE = { layout = true, rails = true, affinity = true, check = true }

local loaded, loaded_at, complained

local function log(text)
	slurm.log_info("%s", "efa-layout: " .. text)
end

-- The table ---------------------------------------------------------------------------------------

-- It is data: nothing is there for it to call.
local function load_data(path)
	local chunk, why
	if setfenv then
		chunk, why = loadfile(path)
		if chunk then setfenv(chunk, {}) end
	else
		chunk, why = loadfile(path, "t", {})
	end
	if not chunk then return nil, why end
	local ok, data = pcall(chunk)
	if not ok then return nil, tostring(data) end
	if type(data) ~= "table" or data.version ~= 1 or type(data.kinds) ~= "table" then
		return nil, path .. ": no table of this version of efa-layout"
	end
	return data
end

-- The nodes that there are, nil with one complaint while that is not known.
local function nodes()
	local now = os.time()
	if loaded and now >= loaded_at and now - loaded_at < M.reread then return loaded end
	local data, why = load_data(M.table_path)
	loaded_at = now
	if data then
		loaded, complained = data, nil
	elseif complained ~= why then
		complained = why
		slurm.log_error("efa-layout: %s; jobs are %s", why,
			loaded and "steered by the table as it was" or "not steered")
	end
	return loaded
end

-- What a job asks for -----------------------------------------------------------------------------

local function whole(text, max)
	if type(text) ~= "string" or not text:match("^%d+$") or #text > 9 then return nil end
	local n = tonumber(text)
	return n >= 1 and n <= max and n or nil
end

-- "all", 8, 50 %, per-gpu:4; nil for anything else. As rails_wish_parse.
local function parse_rails(text)
	if text == "all" then return { kind = "all" } end
	local percent, per_gpu = text:match("^(%d+)%%$"), text:match("^per%-gpu:(%d+)$")
	local kind = percent and "percent" or per_gpu and "per-gpu" or "count"
	local n = whole(percent or per_gpu or text, percent and 100 or RAILS_MAX)
	return n and { kind = kind, n = n }
end

-- A name, "any" or "none".
local function is_layout(text)
	return #text <= NAME_MAX and text:match("^[%w][%w._-]*$") and text ~= "help"
end

-- layout and rails of the request, each nil when it is not said; false when it is no request.
local function take(request, key, value)
	if request.seen[key] then return false end
	request.seen[key] = true
	if key == "layout" then
		if not is_layout(value) then return false end
		request.layout = value
	elseif key == "rails" then
		request.rails = parse_rails(value)
		return request.rails ~= nil
	end
	return true
end

-- "v1;layout=efa-only;rails=8;verbose", as request_parse.
local function parse_request(text)
	local request = { seen = {} }
	if #text > REQUEST_MAX or not (text .. ";"):match("^v1;") then return nil end
	for part in (text:sub(4) .. ";"):gmatch("([^;]*);") do
		local key, value = part:match("^([%l-]+)=(.*)$")
		if part == "" and text == "v1" then
			key = nil
		elseif key then
			if not VALUE[key] or not take(request, key, value) then return nil end
		elseif not FLAG[part] or not take(request, part) then
			return nil
		end
	end
	return request
end

-- The variables of that name in the job's list; users can put there what they like.
local function find(env, name)
	local found
	for _, entry in pairs(env) do
		if type(entry) == "string" and entry:sub(1, #name + 1) == name .. "=" then
			local value = entry:sub(#name + 2)
			-- Which of two the node would see cannot be told from here.
			if found and found ~= value then return nil, true end
			found = value
		end
	end
	return found
end

-- As the gate reads it: the request of the plugin, or the options of who submits without it. nil:
-- that is the gate's to refuse.
local function request_of(job_desc)
	local env = job_desc.spank_job_env
	if type(env) ~= "table" then return { seen = {} } end
	local text, doubtful = find(env, REQUEST)
	if doubtful then return nil end
	if text then return parse_request(text) end
	local request = { seen = {} }
	for key, option in pairs({ layout = "efa_layout", rails = "efa_rails" }) do
		local value
		value, doubtful = find(env, OPTION .. option)
		if doubtful or (value and not take(request, key, value)) then return nil end
	end
	return request
end

-- What the site asks for jobs of these partitions that say nothing; {} when that cannot be told.
local function default_of(data, job_desc, part_list)
	local names, found = job_desc.partition, nil
	if type(data.default) ~= "table" then return {} end
	if not names or names == "" then
		for _, part in pairs(type(part_list) == "table" and part_list or {}) do
			if part.flag_default == 1 then names = part.name end
		end
	end
	for name in (names or ""):gmatch("[^,]+") do
		local one = data.partitions and data.partitions[name] or data.default
		if found and (found.layout ~= one.layout or found.rails ~= one.rails) then return {} end
		found = one
	end
	return found or data.default
end

-- From wishes to features -------------------------------------------------------------------------

local function has(list, word)
	for _, one in ipairs(list) do
		if one == word then return true end
	end
	return false
end

-- Has a node of this kind as many rails? As rails_wish_count has it.
local function offers(kind, rails)
	if rails.kind == "count" then return kind.rails >= rails.n end
	if rails.kind == "per-gpu" then return kind.gpus > 0 and kind.rails >= rails.n * kind.gpus end
	if rails.kind == "percent" then return kind.rails * 100 >= kind.of * rails.n end
	return kind.rails >= kind.of
end

-- Numbers of rails that may do, in order; and does one that other nodes have not do?
local function rail_counts(kinds, rails)
	local counts, known, short = {}, {}, false
	for _, kind in ipairs(kinds) do
		if not offers(kind, rails) then
			short = true
		elseif kind.rails > 0 and not known[kind.rails] then
			known[kind.rails] = true
			counts[#counts + 1] = kind.rails
		end
	end
	table.sort(counts)
	return counts, short
end

local function names_of(data)
	local names = {}
	for _, kind in ipairs(data.kinds) do
		for _, name in ipairs(kind.layouts) do
			if not has(names, name) then names[#names + 1] = name end
		end
	end
	table.sort(names)
	return #names > 0 and table.concat(names, ", ") or "none that is known"
end

-- Terms to be ANDed to the job's constraint, each a list of features of which one is enough; or nil
-- and the sentence of a refusal.
local function terms_of(data, layout, rails)
	local kinds, terms = {}, {}
	for _, kind in ipairs(data.kinds) do
		if not layout or has(kind.layouts, layout) then kinds[#kinds + 1] = kind end
	end
	if layout then
		if #kinds == 0 then
			return nil, "--efa-layout=" .. layout .. ": no node of this cluster has this layout; "
				.. "they have " .. names_of(data) .. "; ask for one of these, or for any"
		end
		terms[1] = { FEATURE_LAYOUT .. layout }
	end
	if not rails then return terms end
	local counts, short = rail_counts(kinds, rails)
	-- A number asks for EFA, which nodes without a feature may lack.
	local needs_some = not layout and (rails.kind == "count" or rails.kind == "per-gpu")
	if not short and not needs_some then return terms end
	if #counts == 0 then
		return nil, "--efa-rails=" .. (rails.kind == "per-gpu" and "per-gpu:" or "") .. (rails.n or "all")
			.. (rails.kind == "percent" and "%" or "") .. ": no node of this cluster has so many usable "
			.. "EFA rails" .. (layout and " with layout " .. layout or "") .. "; ask for fewer"
	end
	for i, count in ipairs(counts) do counts[i] = FEATURE_RAILS .. string.format("%d", count) end
	terms[#terms + 1] = counts
	return terms
end

-- Constraints -------------------------------------------------------------------------------------
--
-- Slurm (20.11 to 26.05: _feature_string2list, valid_feature_counts) reads a constraint from left to
-- right, without precedence: "a|b&c" is (a or b) and c. So "&x" behind any constraint without counts
-- holds for all of it, brackets of a matching OR included. Parentheses cannot be nested. A count
-- ("a*2") says something about some of the nodes and nothing about the others: there "&x" does not
-- hold, and from 23.02 on it is an error. Between brackets each counted part takes the term instead,
-- and that speaks of all nodes of a job whose number is the sum of the counts.

local function joined(terms)
	local out = {}
	for i, term in ipairs(terms) do
		out[i] = #term > 1 and "(" .. table.concat(term, "|") .. ")" or term[1]
	end
	return table.concat(out, "&")
end

-- "[a*2&(b&c)*1]" with the terms in each part; nil and why not.
local function into_counts(constraint, terms, max_nodes)
	local inside = constraint:match("^%[([^%[%]]*)%]$")
	local parts, sum = {}, 0
	if not inside then return nil, "counts of nodes can be narrowed between brackets alone" end
	for _, term in ipairs(terms) do
		if #term > 1 then return nil, "there is no OR inside a counted part" end
	end
	for part in (inside .. "&"):gsub("%b()", function(group)
		return (group:gsub("&", "\1"))
	end):gmatch("([^&]*)&") do
		part = part:gsub("\1", "&")
		local names, count = part:match("^%(?([^()|*]+)%)?%*(%d+)$")
		if not count or #count > 6 then return nil, "it has parts that are no features with counts" end
		sum = sum + tonumber(count)
		parts[#parts + 1] = "(" .. names .. "&" .. joined(terms) .. ")*" .. count
	end
	if type(max_nodes) ~= "number" or max_nodes > sum then
		return nil, "it speaks of " .. sum .. " nodes, and the job may have more"
	end
	return "[" .. table.concat(parts, "&") .. "]"
end

-- The constraint with the terms, or nil and why it stays as it is.
function M.combine(constraint, terms, max_nodes)
	if #terms == 0 then return constraint end
	if not constraint or constraint == "" then return joined(terms) end
	-- Old releases take an operator at the end for nothing; with something behind it, it is one.
	if #constraint > CONSTRAINT_MAX or constraint:match("[&|,]$") then
		return nil, "it is too long, or ends with an operator"
	end
	if constraint:find("*", 1, true) then
		return into_counts((constraint:gsub(",", "&")), terms, max_nodes)
	end
	return constraint .. "&" .. joined(terms)
end

-- -------------------------------------------------------------------------------------------------

local function steer(job_desc, part_list)
	local data = nodes()
	local request = data and request_of(job_desc)
	if not request then return slurm.SUCCESS end
	local default = default_of(data, job_desc, part_list)
	local layout = request.layout or default.layout
	-- "none" asks for nodes of any kind, also those without EFA.
	if layout == "none" then return slurm.SUCCESS end
	if layout == "any" then layout = nil end
	local rails = request.rails
	-- What a site wants of all nodes of a layout is no reason to keep other jobs from other nodes.
	if layout and not rails and default.rails and default.rails ~= "all" then
		rails = parse_rails(default.rails)
	end
	local terms, refusal = terms_of(data, layout, rails)
	if refusal then
		-- What the site itself asks for is no mistake of the user's: the gate says it on a node.
		if (layout and not request.layout) or (rails and not request.rails) then
			log("the site's default cannot be met: " .. refusal)
			return slurm.SUCCESS
		end
		slurm.log_user("%s", "efa-layout: " .. refusal)
		return ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE
	end
	local constraint, why = M.combine(job_desc.features, terms, job_desc.max_nodes)
	if why then
		log("a constraint is left as it is: " .. why .. "; the gate decides")
	elseif constraint and constraint ~= job_desc.features then
		job_desc.features = constraint
	end
	return slurm.SUCCESS
end

-- Narrow the job's constraint to nodes that have what it asks for. slurm.SUCCESS, or what
-- slurm_job_submit must return: the user has been told why. Each component of a heterogeneous job
-- is one call. A mistake in here is logged and never a job's.
function M.steer(job_desc, part_list)
	local ok, rc = pcall(steer, job_desc, part_list)
	if ok then return rc end
	slurm.log_error("efa-layout: %s", tostring(rc))
	return slurm.SUCCESS
end

return M
