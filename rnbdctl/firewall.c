// SPDX-License-Identifier: GPL-2.0
/*
 * Chains at the input hook are followed rule by rule until one is sure to
 * decide.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "firewall.h"
#include "say.h"

enum verdict {
	VERDICT_NONE,
	VERDICT_ACCEPT,
	VERDICT_DROP,
};

/* What a rule asks of a packet. */
struct rule {
	bool		other_port;	/* it is not for our port */
	bool		our_port;
	bool		more;		/* it asks for more than the port */
	bool		local;		/* of lo, or of known connections */
	enum verdict	verdict;
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text(struct json_object *object, const char *key)
{
	const char *value = json_object_get_string(member(object, key));

	return value ? value : "";
}

static bool holds(struct json_object *right, int port)
{
	struct json_object *list = member(right, "set");
	size_t i;

	if (json_object_is_type(right, json_type_int))
		return json_object_get_int(right) == port;
	if (member(right, "range")) {
		list = member(right, "range");
		return json_object_is_type(list, json_type_array) &&
		       json_object_array_length(list) == 2 &&
		       json_object_get_int(json_object_array_get_idx(list, 0)) <= port &&
		       json_object_get_int(json_object_array_get_idx(list, 1)) >= port;
	}
	for (i = 0; json_object_is_type(list, json_type_array) &&
	     i < json_object_array_length(list); i++)
		if (holds(json_object_array_get_idx(list, i), port))
			return true;
	return false;
}

static void read_match(struct rule *rule, struct json_object *match, int port)
{
	struct json_object *left = member(match, "left");
	struct json_object *payload = member(left, "payload");
	const char *protocol = text(payload, "protocol");
	const char *meta = text(member(left, "meta"), "key");
	const char *wanted = json_object_get_string(member(match, "right"));

	if (!strcmp(text(payload, "field"), "dport")) {
		if (strcmp(protocol, "udp") && strcmp(protocol, "th"))
			rule->other_port = true;
		else if (holds(member(match, "right"), port) ==
			 !strcmp(text(match, "op"), "!="))
			rule->other_port = true;
		else
			rule->our_port = true;
	} else if (!strcmp(meta, "l4proto") && wanted && strcmp(wanted, "udp")) {
		rule->other_port = true;
	} else if (member(left, "ct") ||
		   (!strncmp(meta, "iif", 3) && wanted &&
		    !strcmp(wanted, "lo"))) {
		rule->more = true;
		rule->local = true;
	} else {
		rule->more = true;
	}
}

static struct rule read_rule(struct json_object *exprs, int port)
{
	struct rule rule = { };
	size_t i;

	for (i = 0; json_object_is_type(exprs, json_type_array) &&
	     i < json_object_array_length(exprs); i++) {
		struct json_object *expr = json_object_array_get_idx(exprs, i);

		if (member(expr, "match"))
			read_match(&rule, member(expr, "match"), port);
		else if (json_object_object_get_ex(expr, "accept", NULL))
			rule.verdict = VERDICT_ACCEPT;
		else if (json_object_object_get_ex(expr, "drop", NULL) ||
			 json_object_object_get_ex(expr, "reject", NULL))
			rule.verdict = VERDICT_DROP;
		else if (member(expr, "jump") || member(expr, "goto") ||
			 member(expr, "vmap"))
			/* who knows where that ends */
			rule.verdict = VERDICT_ACCEPT;
		else if (!member(expr, "counter") && !member(expr, "log"))
			rule.more = true;
	}
	return rule;
}

/* What a rule surely does to our packets. */
static enum verdict judge(const struct rule *rule)
{
	if (rule->other_port || rule->local)
		return VERDICT_NONE;
	if (rule->verdict == VERDICT_DROP && rule->more)
		return VERDICT_NONE;
	return rule->verdict;
}

static bool same_chain(struct json_object *rule, struct json_object *chain)
{
	return !strcmp(text(rule, "family"), text(chain, "family")) &&
	       !strcmp(text(rule, "table"), text(chain, "table")) &&
	       !strcmp(text(rule, "chain"), text(chain, "name"));
}

static bool chain_blocks(struct json_object *all, struct json_object *chain,
			 int port)
{
	enum verdict verdict = VERDICT_NONE;
	size_t i;

	for (i = 0; i < json_object_array_length(all) && !verdict; i++) {
		struct json_object *rule =
			member(json_object_array_get_idx(all, i), "rule");
		struct rule read;

		if (!rule || !same_chain(rule, chain))
			continue;
		read = read_rule(member(rule, "expr"), port);
		verdict = judge(&read);
	}
	if (!verdict)
		return !strcmp(text(chain, "policy"), "drop");
	return verdict == VERDICT_DROP;
}

char *firewall_blocks(const char *ruleset, int port)
{
	struct json_object *root = json_tokener_parse(ruleset);
	struct json_object *all = member(root, "nftables");
	char *found = NULL;
	size_t i;

	for (i = 0; json_object_is_type(all, json_type_array) && !found &&
	     i < json_object_array_length(all); i++) {
		struct json_object *chain =
			member(json_object_array_get_idx(all, i), "chain");

		if (!chain || strcmp(text(chain, "hook"), "input") ||
		    !chain_blocks(all, chain, port))
			continue;
		found = xasprintf("%s %s %s", text(chain, "family"),
				  text(chain, "table"), text(chain, "name"));
	}
	json_object_put(root);
	return found;
}
