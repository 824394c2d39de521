// What a binary that can be moved sets otherwise than Debian's, before Node
// reads its options: certificates are taken from Node's own list, as in Node's
// releases. Debian's default, OpenSSL's folder below /usr/lib/ssl, is not there
// on every system; --use-openssl-ca asks for it.

#include "node_options.h"

namespace {

struct Defaults {
  Defaults() { node::per_process::cli_options->ssl_openssl_cert_store = false; }
};

const Defaults defaults;

}  // namespace
