/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory regions: the guest's page lists, and copying through them. */
#include "efa.h"

/* An indirect page list is a chain of 4 KiB chunks: addresses of list pages, then the next link. */
#define CHUNK_BYTES	    4096
#define CHUNK_POINTERS	    510
#define PAGES_PER_LIST_PAGE (EFA_PAGE / 8)
#define MIN_PAGE_SHIFT	    12

struct page_list_chunk {
	uint64_t list_page[CHUNK_POINTERS];
	uint32_t reserved;
	struct amzn_buf next;
};

_Static_assert(sizeof(struct page_list_chunk) == CHUNK_BYTES, "page list chunk");
_Static_assert(offsetof(struct page_list_chunk, next) == 4084, "page list link");

void efa_mr_free(void *mr)
{
	g_free(((struct efa_mr *)mr)->pages);
	g_free(mr);
}

static bool read_indirect(struct efa_dev *dev, uint64_t addr, struct efa_mr *mr)
{
	struct page_list_chunk chunk;
	uint64_t done = 0;
	unsigned int i;

	while (done < mr->page_count) {
		if (!pci_mem_read(&dev->parent_obj, addr, &chunk, sizeof(chunk)))
			return false;
		for (i = 0; i < CHUNK_POINTERS && done < mr->page_count; i++) {
			uint64_t n = MIN(PAGES_PER_LIST_PAGE, mr->page_count - done);

			if (!pci_mem_read(&dev->parent_obj, chunk.list_page[i], mr->pages + done,
					  n * 8))
				return false;
			done += n;
		}
		addr = amzn_addr(&chunk.next.addr);
	}
	return true;
}

static bool read_pages(struct efa_dev *dev, const struct efa_reg_mr *req, struct efa_mr *mr)
{
	uint64_t list = amzn_addr(&req->pbl.list.addr);

	if (req->head.flags & AMZN_AQ_CTRL_DATA_INDIRECT)
		return read_indirect(dev, list, mr);
	if (req->head.flags & AMZN_AQ_CTRL_DATA)
		return pci_mem_read(&dev->parent_obj, list, mr->pages, mr->page_count * 8);
	if (mr->page_count > EFA_MR_INLINE_PAGES)
		return false;
	memcpy(mr->pages, req->pbl.inline_pages, mr->page_count * 8);
	return true;
}

static bool size_ok(const struct efa_reg_mr *req, struct efa_mr *mr)
{
	uint64_t page, first;

	mr->page_shift = req->flags & EFA_MR_PAGE_SHIFT_MASK;
	if (mr->page_shift < MIN_PAGE_SHIFT || req->flags & EFA_MR_PHYSICAL)
		return false;
	page = 1ull << mr->page_shift;
	first = req->iova & (page - 1);
	if (!req->length || req->iova + req->length - 1 < req->iova ||
	    req->length > EFA_MAX_MR_PAGES * page - first)
		return false;
	/* Not page_num of the request: Linux 6.1 leaves it zero. */
	mr->page_count = DIV_ROUND_UP(first + req->length, page);
	return true;
}

static uint32_t new_key(struct efa_dev *dev)
{
	do
		dev->last_key = (dev->last_key + 1) & EFA_LKEY_MASK;
	while (!dev->last_key || g_hash_table_contains(dev->mrs, GUINT_TO_POINTER(dev->last_key)));
	return dev->last_key;
}

enum amzn_status efa_mr_register(struct efa_dev *dev, const struct efa_reg_mr *req,
				 struct efa_registered_mr *resp)
{
	struct efa_mr *mr;

	if (!efa_pd_valid(dev, req->pd))
		return AMZN_ILLEGAL_PARAMETER;
	if (g_hash_table_size(dev->mrs) >= EFA_MAX_MR)
		return AMZN_NO_RESOURCES;
	mr = g_new0(struct efa_mr, 1);
	mr->pd = req->pd;
	mr->permissions = req->permissions;
	mr->iova = req->iova;
	mr->length = req->length;
	if (!size_ok(req, mr)) {
		efa_mr_free(mr);
		return AMZN_ILLEGAL_PARAMETER;
	}
	mr->pages = g_try_new0(uint64_t, mr->page_count);
	if (!mr->pages) {
		efa_mr_free(mr);
		return AMZN_NO_RESOURCES;
	}
	if (!read_pages(dev, req, mr)) {
		efa_guest_error(dev, "page list of a memory region cannot be read");
		efa_mr_free(mr);
		return AMZN_ILLEGAL_PARAMETER;
	}
	resp->lkey = resp->rkey = new_key(dev);
	g_hash_table_insert(dev->mrs, GUINT_TO_POINTER(resp->lkey), mr);
	return AMZN_OK;
}

enum amzn_status efa_mr_deregister(struct efa_dev *dev, uint32_t key)
{
	return g_hash_table_remove(dev->mrs, GUINT_TO_POINTER(key)) ? AMZN_OK
								    : AMZN_ILLEGAL_PARAMETER;
}

static bool in_range(const struct efa_mr *mr, uint64_t iova, uint64_t len)
{
	return iova >= mr->iova && len <= mr->length && iova - mr->iova <= mr->length - len;
}

bool efa_mr_check(struct efa_dev *dev, uint32_t key, uint16_t pd, uint8_t permissions,
		  uint64_t iova, uint64_t len)
{
	const struct efa_mr *mr = g_hash_table_lookup(dev->mrs, GUINT_TO_POINTER(key));

	/* A buffer of no bytes needs no key. */
	if (!len)
		return true;
	return mr && mr->pd == pd && (mr->permissions & permissions) == permissions &&
	       in_range(mr, iova, len);
}

static bool copy(struct efa_dev *dev, uint32_t key, uint64_t iova, uint8_t *buf, uint64_t len,
		 bool to_guest)
{
	const struct efa_mr *mr = g_hash_table_lookup(dev->mrs, GUINT_TO_POINTER(key));
	uint64_t page, pos;

	if (!len)
		return true;
	if (!mr || !in_range(mr, iova, len))
		return false;
	page = 1ull << mr->page_shift;
	pos = (mr->iova & (page - 1)) + (iova - mr->iova);
	while (len) {
		uint64_t offset = pos & (page - 1);
		uint64_t n = MIN(len, page - offset);
		uint64_t addr = mr->pages[pos >> mr->page_shift] + offset;

		if (to_guest ? !pci_mem_write(&dev->parent_obj, addr, buf, n)
			     : !pci_mem_read(&dev->parent_obj, addr, buf, n))
			return false;
		buf += n;
		pos += n;
		len -= n;
	}
	return true;
}

bool efa_mr_read(struct efa_dev *dev, uint32_t key, uint64_t iova, void *buf, uint64_t len)
{
	return copy(dev, key, iova, buf, len, false);
}

bool efa_mr_write(struct efa_dev *dev, uint32_t key, uint64_t iova, const void *buf, uint64_t len)
{
	return copy(dev, key, iova, (uint8_t *)buf, len, true);
}
