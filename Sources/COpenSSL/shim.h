// SHA256_CTX is the one interface of OpenSSL's whose state can be kept; it counts as deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
