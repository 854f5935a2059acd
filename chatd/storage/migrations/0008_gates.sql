-- Since when somebody's state in a room is what it is: by the entry that made them present, or ended that.

PRAGMA user_version = 8;

ALTER TABLE memberships ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

UPDATE memberships SET since = coalesce((
    SELECT time FROM entries
    WHERE entries.room = memberships.room AND entries.seq = coalesce(memberships.until, memberships.floor)
), 0);
