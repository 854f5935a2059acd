-- Streams that are kept for nobody, and how far they are erased; and those under way, whose entries grow old.

PRAGMA user_version = 22;

ALTER TABLE rooms ADD COLUMN erasing INTEGER; -- null: nothing is left to erase
UPDATE rooms SET expired = 9007199254740991 WHERE ended = 'none';

CREATE INDEX rooms_erasing ON rooms (room) WHERE erasing IS NOT NULL;
CREATE INDEX rooms_streaming ON rooms (room) WHERE kind = 'live' AND ended IS NULL;
