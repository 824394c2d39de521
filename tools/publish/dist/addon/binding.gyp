{
  "targets": [
    { "target_name": "by_node_api", "sources": ["by_node_api.c"] },
    { "target_name": "by_v8", "sources": ["by_v8.cc"] }
  ]
}
