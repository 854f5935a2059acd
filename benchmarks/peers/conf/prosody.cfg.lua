-- Rooms with their archive in SQLite. Any name is believed; presence is not told to every member of a room.
daemonize = false
run_as_root = true
pidfile = "$directory/prosody.pid"
data_path = "$directory"
plugin_paths = {}
modules_enabled = { "saslauth", "disco" }
modules_disabled = { "s2s", "tls", "limits", "offline" }
network_backend = "epoll"
network_settings = { tcp_backlog = 4096, max_connections = 20000 }
c2s_ports = { $port }
c2s_interfaces = { "127.0.0.1" }
s2s_ports = {}
http_ports = {}
https_ports = {}
c2s_require_encryption = false
s2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "insecure"
insecure_open_authentication = "Yes please, I know what I'm doing!"
storage = "sql"
sql = { driver = "SQLite3", database = "prosody.sqlite" }
log = { error = "$directory/prosody.log" }
VirtualHost "localhost"
Component "conference.localhost" "muc"
  modules_enabled = { "muc_mam" }
  restrict_room_creation = false
  muc_room_locking = false
  muc_room_default_persistent = true
  muc_room_default_history_length = 20
  muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
  muc_log_by_default = true
  muc_log_presences = false
  max_archive_query_results = 100
