-- SPDX-License-Identifier: Apache-2.0
-- For sites without a job_submit.lua: copy it beside slurm.conf on the controller's host, and set
-- JobSubmitPlugins=lua. See efa-layout-steering(7).

local efa_layout = dofile("/usr/share/efa-layout/job_submit_efa_layout.lua")

function slurm_job_submit(job_desc, part_list, submit_uid)
	return efa_layout.steer(job_desc, part_list)
end

-- Slurm wants it to be there. A pending job's request cannot be seen here: its constraint is
-- the user's to change, and the gate sees to the rest.
function slurm_job_modify(job_desc, job_rec, part_list, modify_uid)
	return slurm.SUCCESS
end

return slurm.SUCCESS
