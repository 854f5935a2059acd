-- Who has a role in a room: few, wherever the others are many.

PRAGMA user_version = 6;

CREATE INDEX memberships_staff ON memberships (room, user) WHERE role <> 'member';
