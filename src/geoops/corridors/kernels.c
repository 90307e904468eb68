/* The inner loops of kernels.py once more, in C: what is searched for and how is said there, and the results are the
   same to the last bit (tests/corridors/test_native.py). Compiled by hatch_build.py where a C compiler is found, without
   fused or reordered arithmetic; called through ctypes by native.py. No Python, no NumPy: flat arrays in and out. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#define PREFETCH(address) __builtin_prefetch(address)
#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define LOWEST_BIT(mask) __builtin_ctz(mask)
#else
#define INLINE static inline
#define PREFETCH(address) ((void)0)
#define RARELY(condition) (condition)
static inline int LOWEST_BIT(uint32_t mask)
{
    int k = 0;
    while (!(mask >> k & 1)) k++;
    return k;
}
#endif

enum { FRAME = 3, GUARDED = 2, LINKED = 4, BLOCK = 64, BUCKETS = 16384, AHEAD = 8, NO_MEMORY = -2, DONE = 1, FIXED = 2 };

/* What is searched: the fields of native.py's structure of the same name, in the same order. */
typedef struct {
    const double *pace, *elevation, *slope_table, *lengths;
    const int64_t *offsets, *middles;
    const uint8_t *flags;
    const int32_t *guarded;
    const uint32_t *masks, *delayed;
    const int32_t *linked;
    const int64_t *first_edge;
    const int32_t *edge_to;
    const double *edge_cost;
    int64_t cells, nodes, width, steps, flag_count, guarded_count, linked_count, slope_count;
    double slope_step, slope_sign, delay_s, bucket_s;
} Graph;

/* Buckets as lists of blocks; the last one takes what lies behind the window. */
typedef struct {
    int32_t *items, *follower, *head, *fill;
    int32_t size, fresh, freed;
} Queue;

static int queue_open(Queue *q, int64_t nodes)
{
    q->size = (int32_t)(1024 + nodes / 800);
    q->fresh = 0;
    q->freed = -1;
    q->items = malloc((size_t)q->size * BLOCK * sizeof(int32_t));
    q->follower = malloc((size_t)q->size * sizeof(int32_t));
    q->head = malloc((BUCKETS + 1) * sizeof(int32_t));
    q->fill = malloc((BUCKETS + 1) * sizeof(int32_t));
    if (!q->items || !q->follower || !q->head || !q->fill) return 0;
    for (int i = 0; i <= BUCKETS; i++) {
        q->head[i] = -1;
        q->fill[i] = BLOCK;
    }
    return 1;
}

static void queue_close(Queue *q)
{
    free(q->items);
    free(q->follower);
    free(q->head);
    free(q->fill);
}

static int queue_grow(Queue *q)
{
    int32_t size = q->size + q->size / 2;
    int32_t *items = realloc(q->items, (size_t)size * BLOCK * sizeof(int32_t));
    if (items) q->items = items;
    int32_t *follower = realloc(q->follower, (size_t)size * sizeof(int32_t));
    if (follower) q->follower = follower;
    if (!items || !follower) return 0;
    q->size = size;
    return 1;
}

INLINE int push(Queue *q, int bucket, int32_t node)
{
    int top = q->fill[bucket];
    if (RARELY(top == BLOCK)) {
        int32_t block = q->freed;
        if (block >= 0) {
            q->freed = q->follower[block];
        } else {
            if (q->fresh == q->size && !queue_grow(q)) return 0;
            block = q->fresh++;
        }
        q->follower[block] = q->head[bucket];
        q->head[bucket] = block;
        top = 0;
    }
    q->items[(size_t)q->head[bucket] * BLOCK + top] = node;
    q->fill[bucket] = top + 1;
    return 1;
}

/* Take the first block off a bucket: its nodes to `out`, their number back. */
INLINE int pop_block(Queue *q, int bucket, int32_t *out)
{
    int32_t block = q->head[bucket];
    int count = q->fill[bucket];
    memcpy(out, q->items + (size_t)block * BLOCK, (size_t)count * sizeof(int32_t));
    q->head[bucket] = q->follower[block];
    q->fill[bucket] = BLOCK; /* what lies below a first block is full */
    q->follower[block] = q->freed;
    q->freed = block;
    return count;
}

INLINE int bucket_of(double seconds, double per_bucket)
{
    double position = seconds * per_bucket;
    return position >= BUCKETS ? BUCKETS : (int)position;
}

/* Move the window to the earliest node that waits behind it; 0 where none does, -1 without memory. */
static int next_window(Queue *q, const double *distance, double *base, double per_bucket)
{
    double earliest = INFINITY;
    int top = q->fill[BUCKETS];
    for (int32_t block = q->head[BUCKETS]; block >= 0; block = q->follower[block], top = BLOCK)
        for (int i = 0; i < top; i++) {
            double d = distance[q->items[(size_t)block * BLOCK + i]];
            if (d < earliest && bucket_of(d - *base, per_bucket) == BUCKETS) earliest = d;
        }
    if (earliest == INFINITY) return 0;
    int32_t block = q->head[BUCKETS];
    top = q->fill[BUCKETS];
    q->head[BUCKETS] = -1;
    q->fill[BUCKETS] = BLOCK;
    while (block >= 0) {
        for (int i = 0; i < top; i++) {
            int32_t node = q->items[(size_t)block * BLOCK + i];
            double d = distance[node];
            if (bucket_of(d - *base, per_bucket) == BUCKETS && !push(q, bucket_of(d - earliest, per_bucket), node)) return -1;
        }
        int32_t next = q->follower[block];
        q->follower[block] = q->freed;
        q->freed = block;
        block = next;
        top = BLOCK;
    }
    *base = earliest;
    return 1;
}

/* How far a search is: the bucket in work and its window's start, and what ends it. */
typedef struct {
    double base, limit, width, per_bucket, stretch, margin;
    const int32_t *targets;
    int64_t target_count;
    int now, met;
} Clock;

/* The next nodes to be settled and their number; 0 at the end, -1 without memory. */
static int next_block(Queue *q, Clock *c, const double *distance, int32_t *batch)
{
    for (;; c->now++) {
        if (c->now == BUCKETS) {
            int moved = next_window(q, distance, &c->base, c->per_bucket);
            if (moved <= 0) return moved;
            c->now = 0;
        }
        if (c->base + c->now * c->width > c->limit) return 0;
        if (q->head[c->now] >= 0) return pop_block(q, c->now, batch);
        if (c->target_count && !c->met && (c->now & 15) == 15) {
            double nearest = INFINITY;
            for (int64_t i = 0; i < c->target_count; i++)
                if (distance[c->targets[i]] < nearest) nearest = distance[c->targets[i]];
            if ((nearest - c->base) * c->per_bucket < c->now) { /* in a bucket that is done, so it is final */
                c->met = 1;
                if (c->stretch * nearest + c->margin < c->limit) c->limit = c->stretch * nearest + c->margin;
            }
        }
    }
}

/* The seeds into an empty queue; 0 without memory. */
static int begin(Queue *q, Clock *c, double *distance, const int32_t *seeds, const double *seed_cost, int64_t seed_count)
{
    for (int64_t i = 0; i < seed_count; i++) {
        if (seed_cost[i] < distance[seeds[i]]) distance[seeds[i]] = seed_cost[i];
        if (seed_cost[i] < c->base) c->base = seed_cost[i];
    }
    for (int64_t i = 0; i < seed_count; i++)
        if (!push(q, bucket_of(distance[seeds[i]] - c->base, c->per_bucket), seeds[i])) return 0;
    return 1;
}

/* The time up to which distances are final; those behind it become infinite. */
static double end(const Graph *g, Queue *q, double *distance, double limit)
{
    queue_close(q);
    if (limit < INFINITY)
        for (int64_t node = 0; node < g->nodes; node++)
            if (distance[node] > limit) distance[node] = INFINITY;
    return limit;
}

INLINE double least(double a, double b) { return b < a ? b : a; }
INLINE double most(double a, double b) { return b > a ? b : a; }

INLINE int64_t find(const int32_t *keys, int64_t count, int32_t key)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (keys[middle] < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

static double slope_factor(const Graph *g, double slope)
{
    if (isnan(slope)) slope = 0.0;
    double position = slope / g->slope_step + (double)(g->slope_count / 2);
    if (position <= 0.0) return g->slope_table[0];
    if (position >= (double)(g->slope_count - 1)) return g->slope_table[g->slope_count - 1];
    int64_t entry = (int64_t)position;
    double share = position - (double)entry;
    return g->slope_table[entry] * (1.0 - share) + g->slope_table[entry + 1] * share;
}

/* Seconds of step k from a node on level ground; `pace` points at the node. */
INLINE double level(const double *pace, int k, double ends, const int64_t *middles, double length)
{
    if (k < 8) return 0.5 * length * ends;
    const int64_t *m = middles + 4 * k;
    double inner = pace[m[0]] + pace[m[1]];
    if (k < 16) return 0.25 * length * (ends + inner);
    if (k < 24) return length * (ends / 6.0 + inner / 3.0);
    double outer = pace[m[2]] + pace[m[3]];
    return length * (ends / 6.0 + inner / 4.0 + outer / 12.0);
}

/* The steps from one node whose end they reach sooner, as bits of the result; `then` is filled for those. */
INLINE uint32_t better(const Graph *g, const double *restrict distance, int64_t node, double here, uint32_t closed,
                       const int64_t *restrict offsets, const int64_t *restrict middles, const int steps, const int sloped,
                       double *restrict then)
{
    const double *restrict pace = g->pace + node, *restrict d = distance + node;
    const double *restrict lengths = g->lengths + (int64_t)((uint32_t)node / (uint32_t)g->width) * steps;
    const double own = pace[0];
    uint32_t mask = 0;
    if (!sloped) {
        for (int k = 0; k < steps; k++) then[k] = level(pace, k, own + pace[offsets[k]], middles, lengths[k]) + here;
        for (int k = 0; k < steps; k++) mask |= (uint32_t)(then[k] < d[offsets[k]]) << k;
        return mask & ~closed;
    }
    const double *height = g->elevation + node;
    for (int k = 0; k < steps; k++) {
        int64_t off = offsets[k];
        if (d[off] <= here || closed >> k & 1) continue;
        double cost = level(pace, k, own + pace[off], middles, lengths[k]);
        cost *= slope_factor(g, g->slope_sign * (height[off] - height[0]) / lengths[k]);
        then[k] = cost + here;
        mask |= (uint32_t)(then[k] < d[off]) << k;
    }
    return mask;
}

INLINE double search_with(const Graph *g, double *distance, const int32_t *seeds, const double *seed_cost,
                          int64_t seed_count, Clock clock, const double *other, double other_limit, const int steps,
                          const int sloped)
{
    Queue q;
    Clock c = clock;
    int32_t batch[BLOCK];
    double then[32];
    int64_t offsets[32], middles[128]; /* copies that nothing else can write to */
    for (int k = 0; k < steps; k++) offsets[k] = g->offsets[k];
    for (int k = 0; k < 4 * steps; k++) middles[k] = g->middles[k];
    int reach = steps == 8 ? 1 : steps == 16 ? 2 : 3, count;
    if (!queue_open(&q, g->nodes) || !begin(&q, &c, distance, seeds, seed_cost, seed_count)) goto no_memory;
    while ((count = next_block(&q, &c, distance, batch)) > 0) {
        for (int i = 0; i < count; i++) {
            if (i + AHEAD < count) { /* the rows round a later node, so that they are there when it comes */
                int64_t later = batch[i + AHEAD];
                if (later < g->cells)
                    for (int row = -reach; row <= reach; row++) {
                        PREFETCH(distance + later + row * g->width);
                        PREFETCH(g->pace + later + row * g->width);
                    }
            }
            int64_t node = batch[i];
            double here = distance[node];
            if ((here - c.base) * c.per_bucket < c.now || here > c.limit) continue; /* done in an earlier bucket */
            uint8_t flag = g->flag_count ? g->flags[node] : 0;
            uint32_t closed = 0, delayed = 0;
            if (RARELY(flag)) {
                if (flag & LINKED) {
                    int64_t at = node < g->cells ? find(g->linked, g->linked_count, (int32_t)node)
                                                 : g->linked_count + node - g->cells;
                    for (int64_t edge = g->first_edge[at]; edge < g->first_edge[at + 1]; edge++) {
                        int32_t there = g->edge_to[edge];
                        double at_there = here + g->edge_cost[edge];
                        if (at_there < distance[there] && !(other && at_there + other[there] > other_limit)) {
                            distance[there] = at_there;
                            if (!push(&q, bucket_of(at_there - c.base, c.per_bucket), there)) goto no_memory;
                        }
                    }
                }
                if (node >= g->cells) continue;
                if (flag & GUARDED) {
                    int64_t at = find(g->guarded, g->guarded_count, (int32_t)node);
                    closed = g->masks[at];
                    delayed = g->delayed[at];
                }
            }
            uint32_t mask = better(g, distance, node, here, closed, offsets, middles, steps, sloped, then);
            for (; mask; mask &= mask - 1) {
                int k = LOWEST_BIT(mask);
                int64_t there = node + offsets[k];
                double at_there = then[k];
                if (RARELY(delayed >> k & 1)) {
                    at_there += g->delay_s;
                    if (!(at_there < distance[there])) continue;
                }
                if (other && at_there + other[there] > other_limit) continue;
                distance[there] = at_there;
                if (!push(&q, bucket_of(at_there - c.base, c.per_bucket), (int32_t)there)) goto no_memory;
            }
        }
    }
    if (count < 0) goto no_memory;
    return end(g, &q, distance, c.limit);
no_memory:
    queue_close(&q);
    return NO_MEMORY;
}

EXPORT double geoops_search(const Graph *g, double *distance, const int32_t *seeds, const double *seed_cost,
                            int64_t seed_count, double limit, const int32_t *targets, int64_t target_count, double stretch,
                            double margin, const double *other, double other_limit)
{
    Clock clock = {INFINITY, limit, g->bucket_s, 1.0 / g->bucket_s, stretch, margin, targets, target_count, 0, 0};
#define SEARCH(steps, sloped)                                                                                          \
    search_with(g, distance, seeds, seed_cost, seed_count, clock, other, other_limit, steps, sloped)
    if (g->slope_sign != 0.0) return SEARCH((int)g->steps, 1);
    if (g->steps == 8) return SEARCH(8, 0);
    if (g->steps == 16) return SEARCH(16, 0);
    return SEARCH(32, 0);
#undef SEARCH
}

/* Whether the pace jumps from one cell to the next, as at the edge of two media. */
INLINE int jumps(double one, double two) { return one > 1.5 * two || two > 1.5 * one; }

/* An axis of the upwind scheme: the value extrapolated from the sooner of both sides, the weight of its square, and the
   pace that holds up to there: that between both cells where it jumps. */
INLINE double upwind(const Graph *g, const double *distance, const uint8_t *done, int64_t node, int k, double length,
                     uint32_t closed, uint32_t delayed, double *weight, double *between)
{
    double best = INFINITY, weighs = 0.0, pace = g->pace[node];
    *between = pace;
    for (int side_of = k; side_of < k + 2; side_of++) {
        int64_t near = node + g->offsets[side_of];
        if (done[near] != DONE || closed >> side_of & 1) continue;
        double first = distance[near], value = first, w = 1.0;
        int64_t far = near + g->offsets[side_of];
        if (delayed >> side_of & 1) {
            value = first + g->delay_s;
        } else if (done[far] == DONE && distance[far] < first && !jumps(pace, g->pace[near]) && !jumps(pace, g->pace[far])) {
            int open = 1;
            if (g->flag_count && g->flags[near] & GUARDED) {
                int64_t at = find(g->guarded, g->guarded_count, (int32_t)near);
                open = !((g->masks[at] | g->delayed[at]) >> side_of & 1);
            }
            if (open) {
                value = (4.0 * first - distance[far]) / 3.0;
                w = 2.25;
            }
        }
        if (value < best) {
            best = value;
            weighs = w;
            *between = jumps(pace, g->pace[near]) ? 0.5 * (pace + g->pace[near]) : pace;
        }
    }
    *weight = weighs / (length * length);
    return best;
}

/* The larger root t of wx t^2 + wy (t - apart)^2 = pace^2, or -1. */
INLINE double meeting(double apart, double wx, double wy, double pace)
{
    double sum = wx + wy, half = wy * apart;
    double root = half * half - sum * (wy * apart * apart - pace * pace);
    return root < 0.0 ? -1.0 : (half + sqrt(root)) / sum;
}

/* Seconds at a cell from the done cells beside it, or infinity. */
static double upwind_time(const Graph *g, const double *distance, const uint8_t *done, int64_t node)
{
    const double *lengths = g->lengths + (int64_t)((uint32_t)node / (uint32_t)g->width) * g->steps;
    uint32_t closed = 0, delayed = 0;
    if (g->flag_count && g->flags[node] & GUARDED) {
        int64_t at = find(g->guarded, g->guarded_count, (int32_t)node);
        closed = g->masks[at];
        delayed = g->delayed[at];
    }
    double wx, wy, px, py;
    double x = upwind(g, distance, done, node, 0, lengths[0], closed, delayed, &wx, &px);
    double y = upwind(g, distance, done, node, 2, lengths[2], closed, delayed, &wy, &py);
    double alone_x = x < INFINITY ? x + px / sqrt(wx) : INFINITY;
    double alone_y = y < INFINITY ? y + py / sqrt(wy) : INFINITY;
    double alone = alone_x < alone_y ? alone_x : alone_y;
    if (!(x < INFINITY && y < INFINITY)) return alone;
    /* wx (t - x)^2 + wy (t - y)^2 = pace^2, with t and y taken from x so that large times lose no digits */
    double apart = y - x, own = g->pace[node];
    double pace = px == own ? py : py == own ? px : 0.5 * (px + py); /* the axis on which it jumps decides */
    double t = meeting(apart, wx, wy, pace);
    if (pace != own && t >= 0.0 && t >= apart) { /* along the edge of two media the time changes alike on both sides (Snell) */
        double along = px == own ? wx * t * t : wy * (t - apart) * (t - apart), before = 2.0 * pace - own;
        double off = 0.5 * (sqrt(most(before * before - along, 0.0)) + sqrt(most(own * own - along, 0.0)));
        t = meeting(apart, wx, wy, sqrt(along + off * off));
    }
    return t < 0.0 || t < apart ? alone : x + t;
}

EXPORT double geoops_eikonal(const Graph *g, double *distance, const int32_t *seeds, const double *seed_cost,
                             int64_t seed_count, double limit, const int32_t *targets, int64_t target_count, double stretch,
                             double margin, const double *other, double other_limit, int64_t fixed)
{
    Queue q;
    int32_t batch[BLOCK];
    Clock c = {INFINITY, limit, g->bucket_s, 1.0 / g->bucket_s, stretch, margin, targets, target_count, 0, 0};
    int count;
    uint8_t *done = calloc((size_t)g->nodes, 1);
    if (!queue_open(&q, g->nodes) || !done || !begin(&q, &c, distance, seeds, seed_cost, seed_count)) goto no_memory;
    for (int64_t i = 0; i < fixed; i++) done[seeds[i]] = FIXED;
    while ((count = next_block(&q, &c, distance, batch)) > 0) {
        for (int i = 0; i < count; i++) {
            if (i + AHEAD < count) {
                int64_t later = batch[i + AHEAD];
                if (later < g->cells)
                    for (int row = -2; row <= 2; row++) {
                        PREFETCH(distance + later + row * g->width);
                        PREFETCH(done + later + row * g->width);
                    }
            }
            int64_t node = batch[i];
            double here = distance[node];
            if (done[node] == DONE || here > c.limit) continue;
            done[node] = DONE;
            uint8_t flag = g->flag_count ? g->flags[node] : 0;
            if (flag & LINKED) {
                int64_t at = node < g->cells ? find(g->linked, g->linked_count, (int32_t)node)
                                             : g->linked_count + node - g->cells;
                for (int64_t edge = g->first_edge[at]; edge < g->first_edge[at + 1]; edge++) {
                    int32_t there = g->edge_to[edge];
                    double then = here + g->edge_cost[edge];
                    if (!done[there] && then < distance[there] && !(other && then + other[there] > other_limit)) {
                        distance[there] = then;
                        if (!push(&q, bucket_of(then - c.base, c.per_bucket), there)) goto no_memory;
                    }
                }
            }
            if (node >= g->cells) continue;
            uint32_t closed = flag & GUARDED ? g->masks[find(g->guarded, g->guarded_count, (int32_t)node)] : 0;
            for (int k = 0; k < 4; k++) {
                int64_t there = node + g->offsets[k];
                if (done[there] || !(g->pace[there] < INFINITY) || closed >> k & 1) continue;
                double then = upwind_time(g, distance, done, there);
                if (then < here) then = here; /* no time runs back */
                if (then < distance[there] && !(other && then + other[there] > other_limit)) {
                    distance[there] = then;
                    if (!push(&q, bucket_of(then - c.base, c.per_bucket), (int32_t)there)) goto no_memory;
                }
            }
        }
    }
    if (count < 0) goto no_memory;
    free(done);
    return end(g, &q, distance, c.limit);
no_memory:
    queue_close(&q);
    free(done);
    return NO_MEMORY;
}

/* Nodes of a fastest way back to its seed into `way`, at most `room`; their number, or -1 where room is too small. */
EXPORT int64_t geoops_trace(const Graph *g, const double *distance, const int32_t *seeds, int64_t seed_count, int32_t node,
                            int32_t *way, int64_t room)
{
    int64_t count = 0;
    for (;;) {
        if (count == room) return -1;
        way[count++] = node;
        double best = INFINITY, own = distance[node];
        int64_t chosen = -1;
        uint8_t flag = g->flag_count ? g->flags[node] : 0;
        if (flag & LINKED) {
            int64_t at = node < g->cells ? find(g->linked, g->linked_count, node) : g->linked_count + node - g->cells;
            for (int64_t edge = g->first_edge[at]; edge < g->first_edge[at + 1]; edge++) {
                int32_t there = g->edge_to[edge];
                if (distance[there] < own && distance[there] + g->edge_cost[edge] < best) {
                    best = distance[there] + g->edge_cost[edge];
                    chosen = there;
                }
            }
        }
        if (node < g->cells) {
            uint32_t closed = 0, delayed = 0;
            if (flag & GUARDED) {
                int64_t at = find(g->guarded, g->guarded_count, node);
                closed = g->masks[at];
                delayed = g->delayed[at];
            }
            const double *lengths = g->lengths + (node / g->width) * g->steps;
            for (int k = 0; k < g->steps; k++) {
                int64_t there = node + g->offsets[k];
                if (distance[there] >= own || closed >> k & 1) continue;
                double cost = level(g->pace + node, k, g->pace[node] + g->pace[there], g->middles, lengths[k]);
                if (g->slope_sign != 0.0)
                    cost *= slope_factor(g, g->slope_sign * (g->elevation[there] - g->elevation[node]) / lengths[k]);
                if (delayed >> k & 1) cost += g->delay_s;
                if (distance[there] + cost < best) {
                    best = distance[there] + cost;
                    chosen = there;
                }
            }
        }
        if (chosen < 0) return count;
        int64_t at = find(seeds, seed_count, node);
        if (at < seed_count && seeds[at] == node && best > own * (1.0 + 1e-12) + 1e-9) return count;
        node = (int32_t)chosen;
    }
}

INLINE double side(double ax, double ay, double bx, double by, double px, double py)
{
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax);
}

static int touch(double ax, double ay, double bx, double by, double cx, double cy, double dx, double dy)
{
    if (most(ax, bx) < least(cx, dx) - 1e-9 || most(cx, dx) < least(ax, bx) - 1e-9) return 0;
    if (most(ay, by) < least(cy, dy) - 1e-9 || most(cy, dy) < least(ay, by) - 1e-9) return 0;
    double c = side(ax, ay, bx, by, cx, cy), d = side(ax, ay, bx, by, dx, dy);
    if ((c > 1e-9 && d > 1e-9) || (c < -1e-9 && d < -1e-9)) return 0;
    double a = side(cx, cy, dx, dy, ax, ay), b = side(cx, cy, dx, dy, bx, by);
    return !((a > 1e-9 && b > 1e-9) || (a < -1e-9 && b < -1e-9));
}

EXPORT void geoops_blocked_steps(int64_t rows, int64_t width, const double *segments, int64_t segment_count,
                                 const int64_t *step_rows, const int64_t *step_columns, int64_t steps, uint32_t *masks)
{
    for (int64_t s = 0; s < segment_count; s++) {
        const double *p = segments + 4 * s;
        int64_t top = (int64_t)floor(least(p[1], p[3])) - FRAME, bottom = (int64_t)ceil(most(p[1], p[3])) + FRAME;
        int64_t left = (int64_t)floor(least(p[0], p[2])) - FRAME, right = (int64_t)ceil(most(p[0], p[2])) + FRAME;
        if (top < 0) top = 0;
        if (left < 0) left = 0;
        if (bottom > rows - 1) bottom = rows - 1;
        if (right > width - 1) right = width - 1;
        for (int64_t row = top; row <= bottom; row++)
            for (int64_t column = left; column <= right; column++)
                for (int k = 0; k < steps; k++) {
                    if (step_rows[k] < 0 || (step_rows[k] == 0 && step_columns[k] < 0)) continue;
                    int64_t to_row = row + step_rows[k], to_column = column + step_columns[k];
                    if (to_row >= rows || to_column >= width || to_column < 0) continue;
                    if (touch(p[0], p[1], p[2], p[3], (double)column, (double)row, (double)to_column, (double)to_row)) {
                        masks[row * width + column] |= (uint32_t)1 << k;
                        masks[to_row * width + to_column] |= (uint32_t)1 << (k ^ 1);
                    }
                }
    }
}

INLINE int64_t clamped(double value, int64_t last)
{
    int64_t whole = (int64_t)floor(value + 0.5);
    return whole < 0 ? 0 : whole > last ? last : whole;
}

EXPORT void geoops_cross_any(const double *lines, int64_t line_count, const double *segments, const int64_t *first,
                             const int64_t *order, int64_t rows, int64_t width, uint8_t *result)
{
    for (int64_t i = 0; i < line_count; i++) {
        const double *l = lines + 4 * i;
        int64_t top = clamped(least(l[1], l[3]), rows - 1), bottom = clamped(most(l[1], l[3]), rows - 1);
        int64_t left = clamped(least(l[0], l[2]), width - 1), right = clamped(most(l[0], l[2]), width - 1);
        result[i] = 0;
        for (int64_t row = top; row <= bottom && !result[i]; row++)
            for (int64_t column = left; column <= right && !result[i]; column++)
                for (int64_t j = first[row * width + column]; j < first[row * width + column + 1]; j++) {
                    const double *s = segments + 4 * order[j];
                    if (touch(s[0], s[1], s[2], s[3], l[0], l[1], l[2], l[3])) {
                        result[i] = 1;
                        break;
                    }
                }
    }
}
