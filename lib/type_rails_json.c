/* SPDX-License-Identifier: Apache-2.0 */
/* Where the EFA functions of an instance type are, and which of them serves which Neuron device. */
#include <errno.h>

#include "layout_json_impl.h"

static int load_address(const struct json *value, struct pci_addr *ret_addr, struct err *err)
{
	char text[PCI_ADDR_TEXT], found[JSON_SHOWN_TEXT];

	if (!json_string(value, 1, text, sizeof(text), NULL) && !pci_addr_parse(text, ret_addr))
		return 0;
	return json_complain(value, -EINVAL, err,
			     "expected a PCI address such as \"0000:4f:00.0\", found %s",
			     json_shown(value, found));
}

static int load_rails(const struct json *list, struct instance_type *type, struct err *err)
{
	char found[JSON_SHOWN_TEXT];
	size_t n;
	int r = json_array(list, TYPE_RAILS_MAX, &n, err);

	if (r)
		return r;
	if (n != type->max_efa)
		return json_complain(list, -EINVAL, err,
				     "expected as many PCI addresses as max_efa, %u, found %zu",
				     type->max_efa, n);
	for (size_t i = 0; i < n; i++) {
		const struct json *value = json_at(list, i);

		r = load_address(value, &type->rail_pci[i], err);
		if (r)
			return r;
		if (i && pci_addr_compare(&type->rail_pci[i - 1], &type->rail_pci[i]) >= 0)
			return json_complain(value, -EINVAL, err,
					     "expected PCI addresses in rising order, found %s",
					     json_shown(value, found));
	}
	type->n_rail_pci = n;
	return 0;
}

static int load_neuron_rail(const struct json *value, const struct instance_type *type,
			    uint8_t *ret_rail, struct err *err)
{
	struct pci_addr addr;
	char found[JSON_SHOWN_TEXT];
	size_t rail = 0;
	int r = load_address(value, &addr, err);

	if (r)
		return r;
	while (rail < type->n_rail_pci && pci_addr_compare(&type->rail_pci[rail], &addr))
		rail++;
	if (rail == type->n_rail_pci)
		return json_complain(value, -EINVAL, err, "expected one of rails, found %s",
				     json_shown(value, found));
	*ret_rail = (uint8_t)rail;
	return 0;
}

static int load_neuron_rails(const struct json *list, struct instance_type *type, struct err *err)
{
	size_t n;
	int r;

	if (type->accelerator != ACCEL_NEURON)
		return json_complain(list, -EINVAL, err,
				     "is for types with \"accelerator\": \"neuron\" alone");
	if (!type->n_rail_pci)
		return json_complain(list, -EINVAL, err,
				     "names some of rails, but the entry has no rails");
	r = json_array(list, NODE_ACCELS_MAX, &n, err);
	if (!r && n != type->accels)
		return json_complain(list, -EINVAL, err,
				     "expected as many PCI addresses as accels, %u, found %zu",
				     type->accels, n);
	for (size_t i = 0; !r && i < n; i++)
		r = load_neuron_rail(json_at(list, i), type, &type->neuron_rails[i], err);
	if (!r)
		type->n_neuron_rails = n;
	return r;
}

int type_rails_load(const struct json *obj, struct instance_type *type, struct err *err)
{
	const struct json *rails = json_member(obj, "rails");
	const struct json *neuron = json_member(obj, "neuron_rails");
	int r = 0;

	if (type->n_rail_pci != type->max_efa)
		type->n_rail_pci = 0;
	if (rails)
		r = load_rails(rails, type, err);
	if (rails || !type->n_rail_pci || type->n_neuron_rails != type->accels ||
	    type->accelerator != ACCEL_NEURON)
		type->n_neuron_rails = 0;
	if (!r && neuron)
		r = load_neuron_rails(neuron, type, err);
	return r;
}
