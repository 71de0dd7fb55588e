#!/usr/bin/env python3
"""Classifies images on many machines with Dask's distributed scheduler: each worker runs `densenet predict --jsonl` on a partition
of the files, and this program writes their rows in the order of the files, each file's exactly once.

    dask-scheduler                                            # on one machine
    dask-worker HOST:8786 --nthreads 1                        # on each machine with a GPU
    find /data -name '*.jpg' | examples/dask.py --scheduler HOST:8786 --checkpoint /data/model.safetensors --out rows.jsonl

The paths must lead to the same files on every machine (a shared file system), and `densenet` must be installed there. A partition
whose worker is lost is run again by another. Rows come back as the results of tasks, and a task has one result: so no file is
missing and none is there twice, and a partition that has other rows than its files is an error. What follows `--` goes to predict.
"""
import argparse, collections, itertools, json, os, shlex, subprocess, sys

# This file has the name of the package: without its folder among the places where modules are looked for, `dask` is Dask.
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

from distributed import Client, LocalCluster


def predict(command, paths):
    """The rows of these files, lines of JSON in their order. Runs on a worker. @raise RuntimeError"""
    # On standard input, which any number of paths fits through.
    listed = "".join(f"{path}\0" for path in paths)
    ended = subprocess.run([*command, "-"], input=listed, capture_output=True, text=True)
    # 1: some of the files could not be classified, and their rows say why.
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"{shlex.join(command)} exited with {ended.returncode}: {ended.stderr[-2000:]}")
    rows = ended.stdout.splitlines()
    found = [json.loads(row)["file"] for row in rows]
    if found != list(paths):
        raise RuntimeError(f"asked for {len(paths)} files from {paths[0]} on, got rows of {len(found)}: {ended.stderr[-2000:]}")
    return rows


def partitions(paths, size):
    paths = iter(paths)
    return iter(lambda: list(itertools.islice(paths, size)), [])


def rows(client, command, paths, size):
    """All rows in order. A few partitions per worker are on their way at a time, whatever their number."""
    waiting = collections.deque()
    for part in partitions(paths, size):
        # Not pure: a file may have changed since Dask last saw its name.
        waiting.append(client.submit(predict, command, part, pure=False, retries=2))
        if len(waiting) > 3 * max(1, len(client.nthreads())):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def main():
    ours, theirs = sys.argv[1:], []
    if "--" in ours:
        at = ours.index("--")
        ours, theirs = ours[:at], ours[at + 1:]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="the weights, where every worker finds them")
    parser.add_argument("--out", required=True, help="where to write the rows: a line of JSON per file")
    parser.add_argument("--scheduler", help="address of the scheduler, or its --scheduler-file (default: workers on this machine)")
    parser.add_argument("--workers", type=int, default=1, help="workers on this machine, without --scheduler (default: 1)")
    parser.add_argument("--partition", type=int, default=1000, help="files per run of predict (default: 1000)")
    parser.add_argument("--densenet", default="densenet", help="the command on the workers (default: densenet)")
    options = parser.parse_args(ours)
    if os.path.exists(options.out):
        parser.error(f"--out {options.out} exists: choose another file")
    command = [*shlex.split(options.densenet), "predict", "--checkpoint", options.checkpoint, "--jsonl", *theirs]
    paths = filter(None, (line.rstrip("\n") for line in sys.stdin))
    count = failed = 0
    with connect(options) as client, open(f"{options.out}.partial", "w") as file:
        for part in rows(client, command, paths, options.partition):
            file.writelines(f"{row}\n" for row in part)
            file.flush()
            count += len(part)
            failed += sum("error" in json.loads(row) for row in part)
            print(f"{count} files, {failed} of them could not be classified", file=sys.stderr, flush=True)
    os.replace(f"{options.out}.partial", options.out)
    sys.exit(1 if failed else 0)


def connect(options):
    if options.scheduler and os.path.isfile(options.scheduler):
        return Client(scheduler_file=options.scheduler)
    if options.scheduler:
        return Client(options.scheduler)
    # A worker per process, each with one run of predict at a time.
    return Client(LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None))


if __name__ == "__main__":
    main()
