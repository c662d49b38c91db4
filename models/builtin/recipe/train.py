"""Trains the network from scratch.

    python3 train.py --data PREPARED --out CHECKPOINTS [--steps 5000 | --minutes 80]

Three things are asked of the vector of an augmented picture: to equal what the teachers say about the
whole picture; to stand to the whole pictures of a random background as the teachers say (relations); and,
where its group has a second picture in the batch, to lie closer to that than to anything else.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.multiprocessing
import torch.nn.functional as F

from data import TARGET, Batches, Pictures, augment
from measure import mean_average_precision
from model import Network

# Side of the pictures and the share of training until which it holds.
SIDES = ((80, 0.5), (96, 0.88), (128, 1.0))

fork = torch.multiprocessing.get_context('fork')


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(options.data)
    network = Network(outputs=TARGET).to(memory_format=torch.channels_last)
    average = copy.deepcopy(network)
    mean = torch.from_numpy(pictures.targets[np.flatnonzero(pictures.ready() & ~pictures.held_out)].mean(0))
    state = {'step': 0, 'spent': 0.0, 'optimizer': None}
    if (out / 'last.pt').exists():
        state = torch.load(out / 'last.pt')
        network.load_state_dict(state['network'])
        average.load_state_dict(state['average'])
        mean = state['mean']
    network.share_memory()
    average.share_memory()
    shared = (network, average, mean, torch.tensor(state['step']).share_memory_(), state)
    others = [fork.Process(target=work, args=(worker, options, pictures, *shared)) for worker in range(1, options.workers)]
    for process in others:
        process.start()
    work(0, options, pictures, *shared)
    for process in others:
        process.join()
    save(out, network, average, None, mean, shared[3].item(), 60 * (options.minutes or 0))
    validate(average, pictures, 128)


def work(worker, options, pictures, network, average, mean, steps, state):
    """One of the workers that step the same weights without waiting for each other; alone it is deterministic."""
    torch.manual_seed(options.seed + worker + state['step'])
    random = np.random.default_rng([options.seed, worker, state['step']])
    out = Path(options.out)
    optimizer = torch.optim.AdamW(decayed(network), lr=options.rate, betas=(0.9, 0.98))
    if state['optimizer']:
        optimizer.load_state_dict(state['optimizer'])
    started = saved = reported = time.time()
    spent = lambda: state['spent'] + time.time() - started
    batches, known, turn = None, 0, 0
    totals = np.zeros(4)
    while True:
        progress = spent() / (60 * options.minutes) if options.minutes else steps.item() / options.steps
        if progress >= 1:
            break
        if known < len(pictures.files) and turn % 100 == 0:
            ready = pictures.ready()
            if ready.sum() > known:
                known = int(ready.sum())
                batches = Batches(pictures, np.flatnonzero(ready & ~pictures.held_out), options.batch, options.pairs, random)
        side = options.side or next(side for side, until in SIDES if progress < until)
        rows = batches.next()
        x = augment(pictures.planes(rows), side).contiguous(memory_format=torch.channels_last)
        own = wanted(pictures, rows, mean)
        background = random.choice(batches.rows, options.background, replace=False)
        others = wanted(pictures, np.sort(background), mean)

        fall = 0.01 + 0.99 * math.cos(math.pi / 2 * progress) ** 2
        for group in optimizer.param_groups:
            group['lr'] = options.rate * min(1, (steps.item() + 1) / 200) * fall
        with torch.autocast('cpu', dtype=torch.bfloat16):
            z = network(x)
        z = F.normalize(z.float())
        losses = [
            1 - (z * own).sum(1).mean(),
            relations(z, own, others),
            contrast(z, torch.from_numpy(pictures.groups[rows])),
        ]
        loss = sum(weight * part for weight, part in zip(options.weights, losses))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        follow(average, network, min(0.998, (1 + steps.item()) / (20 + steps.item())))
        steps += 1
        turn += 1
        totals += [1] + [part.item() for part in losses]

        if turn % 50 == 0:
            print(f'{worker} {steps.item()} {progress:.3f} side {side} ready {known} losses',
                  *(f'{total:.4f}' for total in totals[1:] / totals[0]),
                  f'{50 * options.batch / (time.time() - reported):.0f} pictures/s', flush=True)
            totals[:], reported = 0, time.time()
        if worker == 0 and time.time() - saved > 300:
            save(out, network, average, optimizer, mean, steps.item(), spent())
            validate(average, pictures, side)
            saved = time.time()


def wanted(pictures, rows, mean, second=0.6):
    """Unit vectors to reach: both teachers' centred, the second, weaker one counting less."""
    target = torch.from_numpy(pictures.targets[rows]) - mean
    target[:, 1024:] *= second
    return F.normalize(target)


def relations(z, own, others, teacher_heat=0.1, student_heat=0.1):
    """Cross entropy between teachers' and student's likeness to the background, the picture itself among it."""
    itself = (own * own).sum(1, keepdim=True)
    wanted = F.softmax(torch.cat([itself, own @ others.T], 1) / teacher_heat, 1)
    found = F.log_softmax(torch.cat([(z * own).sum(1, keepdim=True), z @ others.T], 1) / student_heat, 1)
    return -(wanted * found).sum(1).mean()


def contrast(z, groups, heat=0.1):
    """Supervised contrast within the batch, for pictures that have a fellow there."""
    alike = groups.unsqueeze(1) == groups.unsqueeze(0)
    alike.fill_diagonal_(False)
    scores = (z @ z.T / heat).masked_fill(torch.eye(len(z), dtype=torch.bool), -1e4)
    scores = scores - scores.logsumexp(1, keepdim=True)
    paired = alike.any(1)
    return -((scores * alike).sum(1)[paired] / alike.sum(1)[paired]).mean()


def decayed(network):
    matrices = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    return [{'params': matrices, 'weight_decay': 0.05}, {'params': rest, 'weight_decay': 0.0}]


@torch.no_grad()
def follow(average, network, decay):
    for kept, new in zip(average.parameters(), network.parameters()):
        kept.lerp_(new, 1 - decay)
    for kept, new in zip(average.buffers(), network.buffers()):
        kept.copy_(kept.lerp(new, 1 - decay) if new.is_floating_point() else new)


def save(out, network, average, optimizer, mean, step, spent):
    state = {'network': network.state_dict(), 'average': average.state_dict(),
             'optimizer': optimizer.state_dict() if optimizer else None, 'mean': mean, 'step': step, 'spent': spent}
    torch.save(state, out / 'next.pt')
    (out / 'next.pt').rename(out / 'last.pt')


@torch.no_grad()
def validate(average, pictures, side):
    network = copy.deepcopy(average).eval()
    rows = np.flatnonzero(pictures.held_out)
    vectors = []
    for first in range(0, len(rows), 64):
        x = F.interpolate(pictures.planes(rows[first:first + 64]), size=side, mode='area')
        with torch.autocast('cpu', dtype=torch.bfloat16):
            vectors.append(F.normalize(network(x.contiguous(memory_format=torch.channels_last)).float()))
    score = mean_average_precision(torch.cat(vectors).numpy(), pictures.groups[rows], pictures.sources[rows])
    print(f'held-out mAP {score:.4f}, mean over sources', flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--steps', type=int, default=5000)
    parser.add_argument('--minutes', type=float, help='go by the clock instead of by steps')
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--pairs', type=int, default=24)
    parser.add_argument('--background', type=int, default=2048)
    parser.add_argument('--side', type=int, help='of the pictures all along, for going on from a trained network')
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--weights', type=float, nargs=3, default=[2.0, 0.5, 0.3])
    parser.add_argument('--workers', type=int, default=1)
    parser.add_argument('--seed', type=int, default=1)
    return parser.parse_args()


if __name__ == '__main__':
    main()
