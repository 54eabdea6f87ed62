/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address handles, and the numbers that only have to be given out: protection domains, UARs. */
#include "efa.h"

static int first_free(const bool *used, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!used[i])
			return i;
	return -1;
}

bool efa_pd_valid(const struct efa_dev *dev, uint16_t pd)
{
	return pd < EFA_MAX_PD && dev->pd_used[pd];
}

enum amzn_status efa_pd_alloc(struct efa_dev *dev, struct efa_created_index *resp)
{
	int pd = first_free(dev->pd_used, EFA_MAX_PD);

	if (pd < 0)
		return AMZN_NO_RESOURCES;
	dev->pd_used[pd] = true;
	resp->index = pd;
	return AMZN_OK;
}

enum amzn_status efa_pd_free(struct efa_dev *dev, uint16_t pd)
{
	if (!efa_pd_valid(dev, pd))
		return AMZN_ILLEGAL_PARAMETER;
	dev->pd_used[pd] = false;
	return AMZN_OK;
}

enum amzn_status efa_uar_alloc(struct efa_dev *dev, struct efa_created_index *resp)
{
	int uar = first_free(dev->uar_used, EFA_MAX_UAR);

	if (uar < 0)
		return AMZN_NO_RESOURCES;
	dev->uar_used[uar] = true;
	resp->index = uar;
	return AMZN_OK;
}

enum amzn_status efa_uar_free(struct efa_dev *dev, uint16_t uar)
{
	if (uar >= EFA_MAX_UAR || !dev->uar_used[uar])
		return AMZN_ILLEGAL_PARAMETER;
	dev->uar_used[uar] = false;
	return AMZN_OK;
}

uint16_t efa_ah_find(const struct efa_dev *dev, uint16_t pd, const uint8_t *gid)
{
	unsigned int i;

	for (i = 0; i < EFA_MAX_AH; i++) {
		const struct efa_ah *ah = &dev->ah[i];

		if (ah->references && ah->pd == pd && !memcmp(ah->gid, gid, EFA_GID_BYTES))
			return i;
	}
	return EFA_NO_AH;
}

/* One handle per destination and protection domain: whoever asks again gets the same one. */
enum amzn_status efa_ah_create(struct efa_dev *dev, const struct efa_create_ah *req,
			       struct efa_created_index *resp)
{
	unsigned int i;

	if (!efa_pd_valid(dev, req->pd))
		return AMZN_ILLEGAL_PARAMETER;
	resp->index = efa_ah_find(dev, req->pd, req->gid);
	if (resp->index != EFA_NO_AH) {
		dev->ah[resp->index].references++;
		return AMZN_OK;
	}
	for (i = 0; i < EFA_MAX_AH; i++) {
		struct efa_ah *ah = &dev->ah[i];

		if (ah->references)
			continue;
		ah->references = 1;
		ah->pd = req->pd;
		memcpy(ah->gid, req->gid, EFA_GID_BYTES);
		resp->index = i;
		return AMZN_OK;
	}
	return AMZN_NO_RESOURCES;
}

enum amzn_status efa_ah_destroy(struct efa_dev *dev, const struct efa_destroy_ah *req)
{
	if (req->ah >= EFA_MAX_AH || !dev->ah[req->ah].references || dev->ah[req->ah].pd != req->pd)
		return AMZN_ILLEGAL_PARAMETER;
	dev->ah[req->ah].references--;
	return AMZN_OK;
}
