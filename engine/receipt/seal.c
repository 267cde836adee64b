/* SPDX-License-Identifier: MIT */
#include "engine/receipt/seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/digest/sha256.h"

static const char seal_key[] = "receipt_sha256";

/* Makes the digest of a receipt without one. It does not depend on how the receipt is laid out. */
static int make_digest(const json_t *receipt, char digest[VF_SHA256_TEXT])
{
    char *text = json_dumps(receipt, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
    int err = text ? vf_sha256_bytes(text, strlen(text), digest) : -ENOMEM;
    free(text);
    return err;
}

char *vf_receipt_seal(json_t *receipt)
{
    char digest[VF_SHA256_TEXT];
    /* Numbers become what they are when they are read again. */
    char *plain = json_dumps(receipt, JSON_REAL_PRECISION(12));
    json_t *read = plain ? json_loads(plain, 0, NULL) : NULL;
    char *text = NULL, *line = NULL;
    free(plain);
    if (read && make_digest(read, digest) == VF_OK &&
        json_object_set_new(read, seal_key, json_string(digest)) == 0)
        text = json_dumps(read, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    if (text)
        line = vf_text_format("%s\n", text);
    free(text);
    json_decref(read);
    return line;
}

int vf_receipt_check_seal(const json_t *receipt)
{
    char digest[VF_SHA256_TEXT];
    const char *said = json_string_value(json_object_get(receipt, seal_key));
    json_t *rest = json_copy((json_t *)(uintptr_t)receipt);
    int err = rest && said ? VF_OK : rest ? -EBADMSG : -ENOMEM;
    if (!err) {
        json_object_del(rest, seal_key);
        err = make_digest(rest, digest);
    }
    if (!err && strcmp(said, digest) != 0)
        err = -EBADMSG;
    json_decref(rest);
    return err;
}
