/* The driver's loop in C: what loop.py does, and the same figures, with less of the machine's time.
 *
 * Compiled when a run begins, if there is a compiler, and called by helper.py, whose structures these are.
 * Sockets are connected, non-blocking, and stay Python's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
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
#define QUIET_NS 1000000000LL
#define RETRY_NS 1000000LL

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
    int32_t lines, latencies, answer_size, complaint_size, senders, failed;
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

static int hear_until(run_t *run, int epoll, int64_t wake_ns, uint8_t *buffer, struct epoll_event *events) {
    int64_t wait_ns = wake_ns - clock_ns(CLOCK_MONOTONIC);
    struct pollfd any = {.fd = epoll, .events = POLLIN};
    struct timespec wait = {wait_ns > 0 ? wait_ns / 1000000000LL : 0, wait_ns > 0 ? wait_ns % 1000000000LL : 0};
    int heard = 0;
    if (ppoll(&any, 1, &wait, NULL) <= 0)
        return 0;
    int ready = epoll_wait(epoll, events, run->lines, 0);
    for (int i = 0; i < ready; i++) {
        line_t *line = events[i].data.ptr;
        if (events[i].events & ~(uint32_t)EPOLLOUT)
            heard |= hear(run, epoll, line, buffer);
        if (line->is_open && (line->unsent_size || line->waits))
            flush(epoll, line);
    }
    return heard;
}

static int64_t pace(run_t *run, line_t **senders, int *turn, int64_t *taken, int64_t *backlog, int epoll) {
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC), next_ns = run->stop_ns;
    int passed = 0;
    if (run->rate > 0) {
        *backlog = (int64_t)((double)(now_ns - run->start_ns) * run->rate / 1e9) + 1 - *taken;
        next_ns = run->start_ns + (int64_t)((double)(*taken + *backlog) * 1e9 / run->rate);
    } else {
        *backlog += run->news;
        run->news = 0;
    }
    while (*backlog > 0 && passed < run->senders) {
        line_t *line = senders[*turn];
        *turn = (*turn + 1) % run->senders;
        if (line->is_open && line->unsent_size < UNSENT_MAX) {
            int64_t due_ns = run->rate > 0 ? run->start_ns + (int64_t)((double)*taken * 1e9 / run->rate) : now_ns;
            post(run, line, due_ns, now_ns);
            ++*taken;
            --*backlog;
            passed = 0;
        } else
            passed++;
    }
    for (int i = 0; i < run->senders; i++)
        if (senders[i]->is_open && senders[i]->unsent_size && !senders[i]->waits)
            flush(epoll, senders[i]);
    if (*backlog > 0 && now_ns + RETRY_NS < next_ns)
        next_ns = now_ns + RETRY_NS;
    return next_ns < run->stop_ns ? next_ns : run->stop_ns;
}

static int is_awaited(run_t *run, line_t **senders) {
    for (int i = 0; i < run->senders; i++)
        if (senders[i]->is_open && senders[i]->answered + senders[i]->complaints < senders[i]->sent)
            return 1;
    return 0;
}

static void tell(run_t *run, line_t *lines, double cpu_s) {
    run->cpu_s = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9 - cpu_s;
    for (int i = 0; i < run->lines; i++) {
        run->answered += lines[i].answered;
        run->delivered += lines[i].count;
    }
}

int run_lines(run_t *run, line_t *lines, int epoll) {
    uint8_t *buffer = malloc(BUFFER_SIZE);
    struct epoll_event *events = calloc((size_t)run->lines, sizeof *events);
    line_t **senders = calloc((size_t)run->lines, sizeof *senders);
    int64_t taken = 0, backlog = run->window, heard_ns = 0, now_ns;
    int turn = 0, found = 0;
    if (!buffer || !events || !senders)
        run->failed = 1;
    for (int i = 0; i < run->lines && !run->failed; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &lines[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, lines[i].fd, &event))
            run->failed = 1;
        if (lines[i].acknowledges && !(lines[i].packet = malloc(PACKET_MAX)))
            run->failed = 1;
        if (lines[i].sender >= 0)
            senders[found++] = &lines[i];
    }
    run->senders = found;
    while (!run->failed && (now_ns = clock_ns(CLOCK_MONOTONIC)) < run->start_ns) {
        struct timespec wait = {0, (run->start_ns - now_ns) % 1000000000LL};
        nanosleep(&wait, NULL);
    }
    double cpu_s = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
    while (!run->failed && clock_ns(CLOCK_MONOTONIC) < run->stop_ns)
        hear_until(run, epoll, pace(run, senders, &turn, &taken, &backlog, epoll), buffer, events);
    tell(run, lines, cpu_s);
    heard_ns = clock_ns(CLOCK_MONOTONIC);
    while (!run->failed && (now_ns = clock_ns(CLOCK_MONOTONIC)) < run->drain_end_ns &&
           (now_ns < heard_ns + QUIET_NS || is_awaited(run, senders)))
        if (hear_until(run, epoll, now_ns + QUIET_NS / 4, buffer, events))
            heard_ns = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < run->lines; i++) {
        free(lines[i].unsent);
        free(lines[i].packet);
    }
    free(buffer);
    free(events);
    free(senders);
    return run->failed;
}
