/* The driver's loop in C: what loop.py does, and the same figures, with less of the machine's time.
 *
 * Compiled when a run begins, if there is a compiler, and called by helper.py. Sockets are connected, non-blocking, and
 * stay Python's.
 */
#include "lines.h"
#include <poll.h>

#define QUIET_NS 1000000000LL
#define SILENCE_NS (20 * QUIET_NS)
#define RETRY_NS 1000000LL

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

/* Hear what is still to come, until all is answered and it is quiet, or it is silent for long, or time is over. */
static void drain(run_t *run, int epoll, line_t **senders, uint8_t *buffer, struct epoll_event *events) {
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC), heard_ns = now_ns;
    while (!run->failed && (now_ns < heard_ns + QUIET_NS ||
                            (now_ns < heard_ns + SILENCE_NS && is_awaited(run, senders)))) {
        if (now_ns >= run->drain_end_ns) {
            run->unfinished = 1;
            return;
        }
        if (hear_until(run, epoll, now_ns + QUIET_NS / 4, buffer, events))
            heard_ns = clock_ns(CLOCK_MONOTONIC);
        now_ns = clock_ns(CLOCK_MONOTONIC);
    }
}

int run_lines(run_t *run, line_t *lines, int epoll) {
    uint8_t *buffer = malloc(BUFFER_SIZE);
    struct epoll_event *events = calloc((size_t)run->lines, sizeof *events);
    line_t **senders = calloc((size_t)run->lines, sizeof *senders);
    int64_t taken = 0, backlog = run->window, now_ns;
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
    drain(run, epoll, senders, buffer, events);
    for (int i = 0; i < run->lines; i++) {
        free(lines[i].unsent);
        free(lines[i].packet);
    }
    free(buffer);
    free(events);
    free(senders);
    return run->failed;
}
