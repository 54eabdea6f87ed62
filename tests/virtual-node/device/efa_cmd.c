/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The admin requests, each handed to the part that knows its objects. */
#include "efa.h"

static enum amzn_status execute_objects(struct efa_dev *dev, const union efa_request *req,
					union efa_response *resp)
{
	switch (req->head.opcode) {
	case EFA_CREATE_AH:
		return efa_ah_create(dev, &req->create_ah, &resp->created);
	case EFA_DESTROY_AH:
		return efa_ah_destroy(dev, &req->destroy_ah);
	case EFA_REG_MR:
		return efa_mr_register(dev, &req->reg_mr, &resp->registered_mr);
	case EFA_DEREG_MR:
		return efa_mr_deregister(dev, req->by_handle.handle);
	case EFA_ALLOC_PD:
		return efa_pd_alloc(dev, &resp->created);
	case EFA_DEALLOC_PD:
		return efa_pd_free(dev, req->by_index.index);
	case EFA_ALLOC_UAR:
		return efa_uar_alloc(dev, &resp->created);
	case EFA_DEALLOC_UAR:
		return efa_uar_free(dev, req->by_index.index);
	default:
		return AMZN_UNSUPPORTED_OPCODE;
	}
}

static enum amzn_status execute_queues(struct efa_dev *dev, const union efa_request *req,
				       union efa_response *resp)
{
	switch (req->head.opcode) {
	case EFA_CREATE_QP:
		return efa_qp_create(dev, &req->create_qp, &resp->created_qp);
	case EFA_MODIFY_QP:
		return efa_qp_modify(dev, &req->modify_qp);
	case EFA_QUERY_QP:
		return efa_qp_query(dev, req->by_handle.handle, &resp->queried_qp);
	case EFA_DESTROY_QP:
		return efa_qp_destroy(dev, req->by_handle.handle);
	case EFA_CREATE_CQ:
		return efa_cq_create(dev, &req->create_cq, &resp->created_cq);
	case EFA_DESTROY_CQ:
		return efa_cq_destroy(dev, req->by_index.index);
	case EFA_CREATE_EQ:
		return efa_eq_create(dev, &req->create_eq, &resp->created);
	case EFA_DESTROY_EQ:
		return efa_eq_destroy(dev, req->by_index.index);
	default:
		return execute_objects(dev, req, resp);
	}
}

enum amzn_status efa_execute(void *opaque, const void *request, void *response)
{
	struct efa_dev *dev = opaque;
	const union efa_request *req = request;
	union efa_response *resp = response;

	switch (req->head.opcode) {
	case EFA_GET_FEATURE:
		return efa_get_feature(dev, req, resp);
	case EFA_SET_FEATURE:
		return efa_set_feature(dev, req);
	case EFA_GET_STATS:
		return efa_get_stats(dev, req, resp);
	default:
		return execute_queues(dev, req, resp);
	}
}
