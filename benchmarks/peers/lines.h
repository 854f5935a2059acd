/* One connection while the clock runs, in C: what lines.py does. Part of loop.c, in a file of its own for the reader.
 *
 * helper.py has the same structures; their members stand in the same order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define TOKEN_MAX 38
#define MARK_SIZE 8
#define BUFFER_SIZE (256 * 1024)
#define UNSENT_MAX (64 * 1024)
#define PACKET_MAX 4096

static const char MARK[] = "|@stamp:";

typedef struct {
    int32_t fd, sender, looks, is_open, acknowledges, first_sender, slots, waits;
    int64_t count, size, sent, answered, complaints, broken;
    uint8_t *frame;
    int32_t frame_size, stamp_at, serial_at, serial_bytes, key_at;
    int64_t serial_first, serial_span;
    int64_t *last;
    uint8_t *unsent;
    int64_t unsent_size, unsent_room;
    uint8_t *packet;
    int32_t packet_size, tail_size;
    uint8_t tail[TOKEN_MAX];
} line_t;

typedef struct {
    int32_t lines, latencies, answer_size, complaint_size, senders, failed, unfinished;
    const uint8_t *answer, *complaint;
    int64_t window;
    double rate;
    int64_t start_ns, stop_ns, drain_end_ns;
    int64_t answered, delivered, news;
    double cpu_s;
    uint32_t *latency_us;
} run_t;

static int64_t clock_ns(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static int64_t count_token(const uint8_t *data, int64_t size, const uint8_t *token, int64_t token_size) {
    int64_t found = 0;
    const uint8_t *at = data, *end = data + size;
    while (token_size && (at = memmem(at, (size_t)(end - at), token, (size_t)token_size))) {
        found++;
        at += token_size;
    }
    return found;
}

static int64_t read_hex(const uint8_t *at, int digits) {
    int64_t value = 0;
    for (int i = 0; i < digits; i++)
        value = value << 4 | (at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
    return value;
}

static void write_hex(uint8_t *at, int digits, uint64_t value) {
    for (int i = digits - 1; i >= 0; i--, value >>= 4)
        at[i] = "0123456789abcdef"[value & 15];
}

static void write_big(uint8_t *at, int bytes, uint64_t value) {
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

static void put(run_t *run, line_t *line, const uint8_t *data, int64_t size) {
    if (line->unsent_size + size > line->unsent_room) {
        int64_t room = (line->unsent_size + size) * 2;
        uint8_t *grown = realloc(line->unsent, (size_t)room);
        if (!grown) {
            run->failed = 1;
            return;
        }
        line->unsent = grown;
        line->unsent_room = room;
    }
    memcpy(line->unsent + line->unsent_size, data, (size_t)size);
    line->unsent_size += size;
}

static void post(run_t *run, line_t *line, int64_t due_ns, int64_t now_ns) {
    uint8_t *stamp = line->frame + line->stamp_at + MARK_SIZE;
    write_hex(stamp, 16, (uint64_t)due_ns);
    write_hex(stamp + 16, 6, (uint64_t)line->sender);
    write_hex(stamp + 22, 8, (uint64_t)line->sent);
    if (line->serial_at >= 0)
        write_big(line->frame + line->serial_at, line->serial_bytes,
                  (uint64_t)(line->serial_first + line->sent % line->serial_span));
    if (line->key_at >= 0) {
        write_big(line->frame + line->key_at, 6, (uint64_t)(now_ns / 1000000));
        write_big(line->frame + line->key_at + 6, 4, (uint64_t)line->sender);
        write_big(line->frame + line->key_at + 10, 6, (uint64_t)line->sent);
    }
    put(run, line, line->frame, line->frame_size);
    line->sent++;
}

static void flush(int epoll, line_t *line) {
    if (line->unsent_size) {
        ssize_t sent = send(line->fd, line->unsent, (size_t)line->unsent_size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            line->is_open = 0;
            epoll_ctl(epoll, EPOLL_CTL_DEL, line->fd, NULL);
            return;
        }
        if (sent > 0) {
            line->unsent_size -= sent;
            memmove(line->unsent, line->unsent + sent, (size_t)line->unsent_size);
        }
    }
    int waits = line->unsent_size > 0;
    if (waits != line->waits) {
        struct epoll_event event = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = line};
        epoll_ctl(epoll, EPOLL_CTL_MOD, line->fd, &event);
        line->waits = waits;
    }
}

/* Answer each QoS 1 packet that is whole. Only the part of a packet that came is kept. */
static void acknowledge(run_t *run, line_t *line, const uint8_t *data, int64_t size) {
    while (size > 0 || line->packet_size > 1) {
        int64_t length = 0;
        int at = 1, shift = 0, known = 0;
        int64_t room = PACKET_MAX - line->packet_size, take = size < room ? size : room;
        memcpy(line->packet + line->packet_size, data, (size_t)take);
        line->packet_size += (int32_t)take;
        data += take;
        size -= take;
        while (at < line->packet_size && !known) {
            length |= (int64_t)(line->packet[at] & 0x7F) << shift;
            shift += 7;
            known = line->packet[at++] < 0x80;
        }
        if (!known || at + length > line->packet_size) {
            if (line->packet_size == PACKET_MAX)
                run->failed = 1;
            return;
        }
        if ((line->packet[0] & 0xF6) == 0x32) {
            int topic = line->packet[at] << 8 | line->packet[at + 1];
            uint8_t answer[4] = {0x40, 2, line->packet[at + 2 + topic], line->packet[at + 3 + topic]};
            put(run, line, answer, 4);
        }
        line->packet_size -= (int32_t)(at + length);
        memmove(line->packet, line->packet + at + length, (size_t)line->packet_size);
    }
}

static void look(run_t *run, line_t *line, const uint8_t *data, int64_t size, int64_t now_ns) {
    int64_t own = 0, refused = 0, before = TOKEN_MAX - 1 < line->tail_size ? TOKEN_MAX - 1 : line->tail_size;
    const uint8_t *at = data + line->tail_size - before, *end = data + size;
    while (end - at >= TOKEN_MAX && (at = memmem(at, (size_t)(end - at), MARK, MARK_SIZE)) && end - at >= TOKEN_MAX) {
        int64_t micros = (now_ns - read_hex(at + 8, 16)) / 1000;
        int64_t sender = read_hex(at + 24, 6), number = read_hex(at + 30, 8), slot = sender - line->first_sender;
        run->latency_us[micros < 0 ? 0 : micros < run->latencies ? micros : run->latencies - 1]++;
        if (slot >= 0 && slot < line->slots) {
            line->broken += number <= line->last[slot];
            line->last[slot] = number;
        }
        own += sender == line->sender;
        at += TOKEN_MAX;
    }
    if (line->sender < 0)
        return;
    if (run->answer_size) {
        int64_t skip = line->tail_size - run->answer_size + 1;
        own = count_token(data + (skip > 0 ? skip : 0), size - (skip > 0 ? skip : 0), run->answer, run->answer_size);
    }
    if (run->complaint_size) {
        int64_t skip = line->tail_size - run->complaint_size + 1;
        skip = skip > 0 ? skip : 0;
        refused = count_token(data + skip, size - skip, run->complaint, run->complaint_size);
    }
    line->answered += own;
    line->complaints += refused;
    run->news += own + refused;
}

static int hear(run_t *run, int epoll, line_t *line, uint8_t *buffer) {
    memcpy(buffer, line->tail, (size_t)line->tail_size);
    ssize_t got = recv(line->fd, buffer + line->tail_size, BUFFER_SIZE - TOKEN_MAX, 0);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got <= 0) {
        line->is_open = 0;
        epoll_ctl(epoll, EPOLL_CTL_DEL, line->fd, NULL);
        return 0;
    }
    int64_t size = line->tail_size + got, skip = line->tail_size - (MARK_SIZE - 1);
    skip = skip > 0 ? skip : 0;
    line->size += got;
    line->count += count_token(buffer + skip, size - skip, (const uint8_t *)MARK, MARK_SIZE);
    if (line->looks)
        look(run, line, buffer, size, clock_ns(CLOCK_MONOTONIC));
    if (line->acknowledges)
        acknowledge(run, line, buffer + line->tail_size, got);
    int64_t kept = line->looks ? TOKEN_MAX - 1 : MARK_SIZE - 1;
    line->tail_size = (int32_t)(size < kept ? size : kept);
    memcpy(line->tail, buffer + size - line->tail_size, (size_t)line->tail_size);
    return 1;
}
