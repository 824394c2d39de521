// Sets the defaults of a movable binary that differ from Debian's, before Node
// reads its options. Certificates are taken from Node's own list, as in Node's
// releases. Debian's default, OpenSSL's folder in /usr/lib/ssl, does not exist
// on every system; --use-openssl-ca selects it.

#include "node_options.h"

namespace {

struct Defaults {
  Defaults() { node::per_process::cli_options->ssl_openssl_cert_store = false; }
};

const Defaults defaults;

}  // namespace
