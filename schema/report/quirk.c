#include "schema/report/quirk.h"

#include <assert.h>

static const char *const quirk_names[] = {
	[QUIRK_GZIP_TRAILING_ZEROS] = "gzip-trailing-zeros",
	[QUIRK_GZIP_TRAILING_GARBAGE] = "gzip-trailing-garbage",
	[QUIRK_LABEL_DISAGREES] = "label-disagrees-with-bytes",
	[QUIRK_BYTE_ORDER_MARK] = "byte-order-mark",
	[QUIRK_INVALID_UTF8] = "invalid-utf8-replaced",
	[QUIRK_LONE_SURROGATE] = "lone-surrogate-replaced",
	[QUIRK_TEXT_CUT] = "text-cut",
	[QUIRK_WRONG_KIND] = "member-of-wrong-kind",
	[QUIRK_EXPLICIT_NULL] = "explicit-null",
	[QUIRK_EMPTY_STRING] = "empty-string",
	[QUIRK_ORGANIZATION_MISSING] = "organization-name-missing",
	[QUIRK_CONTACT_MISSING] = "contact-info-missing",
	[QUIRK_CONTACT_NOT_ADDRESS] = "contact-info-not-an-address",
	[QUIRK_REPORT_ID_MISSING] = "report-id-missing",
	[QUIRK_REPORT_ID_NOT_STRING] = "report-id-not-a-string",
	[QUIRK_DATE_NO_OFFSET] = "date-no-offset",
	[QUIRK_DATE_SPACE] = "date-space-separator",
	[QUIRK_DATE_HOUR_24] = "date-hour-24",
	[QUIRK_RANGE_EMPTY] = "range-zero-length",
	[QUIRK_RANGE_NOT_A_DAY] = "range-not-one-utc-day",
	[QUIRK_LATE] = "late",
	[QUIRK_POLICIES_EMPTY] = "policies-empty",
	[QUIRK_POLICY_TYPE_UNKNOWN] = "policy-type-unknown",
	[QUIRK_DOMAIN_MISSING] = "policy-domain-missing",
	[QUIRK_DOMAIN_SPELLING] = "policy-domain-normalised",
	[QUIRK_DOMAIN_U_LABEL] = "policy-domain-not-a-label",
	[QUIRK_DOMAIN_FOREIGN] = "foreign-domain-left-out",
	[QUIRK_DOMAIN_FROM_HINT] = "policy-domain-from-carrier",
	[QUIRK_POLICY_STRING_NOT_LIST] = "policy-string-not-a-list",
	[QUIRK_POLICY_STRING_NESTED] = "policy-string-nested-json",
	[QUIRK_MX_HOST_NOT_LIST] = "mx-host-not-a-list",
	[QUIRK_MX_HOST_SPELLING] = "mx-host-spelling",
	[QUIRK_LIST_NESTED] = "list-nested",
	[QUIRK_LIST_CUT] = "list-cut",
	[QUIRK_COUNT_STRING] = "count-is-string",
	[QUIRK_COUNT_FLOAT] = "count-float-form",
	[QUIRK_COUNT_MISSING] = "count-missing",
	[QUIRK_COUNT_CAPPED] = "count-capped",
	[QUIRK_DETAILS_NOT_LIST] = "failure-details-not-a-list",
	[QUIRK_RESULT_TYPE_UNKNOWN] = "result-type-unknown",
	[QUIRK_RESULT_TYPE_MISSING] = "result-type-missing",
	[QUIRK_DETAIL_COUNT_MISSING] = "failed-session-count-missing",
	[QUIRK_MEMBER_ALIAS] = "member-alias",
	[QUIRK_IP_INVALID] = "ip-invalid",
	[QUIRK_MX_NAME_SPELLING] = "receiving-mx-hostname-spelling",
	[QUIRK_DETAILS_SUM] = "details-sum-differs",
	[QUIRK_HINT_DISAGREES] = "carrier-disagrees",
	[QUIRK_MAIL_NO_REPORT_HEADERS] = "mail-without-report-headers",
	[QUIRK_MAIL_NOT_REPORT_TYPE] = "mail-not-of-report-type",
	[QUIRK_MAIL_BOUNDARY_OPEN] = "mail-boundary-open",
};

static_assert(sizeof(quirk_names) / sizeof(quirk_names[0]) == QUIRKS,
              "every quirk has a name");
static_assert(QUIRKS <= 63, "quirks fit a positive int64_t");

const char *quirk_name(enum quirk quirk)
{
	return quirk_names[quirk];
}

void quirk_print_names(uint64_t quirks, struct buf *out)
{
	int quirk;
	bool first = true;

	for (quirk = 0; quirk < QUIRKS; quirk++) {
		if ((quirks & QUIRK_BIT(quirk)) == 0)
			continue;
		if (!first)
			buf_add_char(out, ' ');
		buf_add_text(out, quirk_names[quirk]);
		first = false;
	}
}
