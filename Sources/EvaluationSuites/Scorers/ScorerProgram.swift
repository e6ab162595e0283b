/// The Python program that runs a task's functions inside the sandbox (Python 3.11 or later, standard library only).
///
/// One process loads the files; for each sample it forks a child, which alone reads the sample, calls the functions and answers on a
/// pipe. When the child has answered, or its time is up, all other processes are killed, what lies in /work and /tmp is removed, and
/// limits, priority and processors are looked at: a sample finds what the one before it found. Where that cannot be had the process
/// ends, and the samples that are left are for another sandbox. The process that forks is not dumpable, so that a child, which is
/// the same user's, comes neither at its memory nor at its descriptors: its input, with the other samples, and its output.
enum ScorerProgram {
    /// How it ends where a sample left something behind.
    static let leftBehind = 3
    /// The longest answer, in bytes.
    static let maximumAnswer = 65_536

    /// Arguments: how long the first part of the input is, which names files, samples' lengths and seconds for each.
    static let text = #"""
        import copy, ctypes, fcntl, json, math, numbers, os, random, resource, select, signal, stat, sys, time, types

        def read(offset, count):
            parts = []
            while count:
                part = os.pread(0, count, offset)
                if not part:
                    os._exit(4)
                parts.append(part)
                offset, count = offset + len(part), count - len(part)
            return b"".join(parts)

        def fault(error, path):
            line, trace = None, error.__traceback__
            while trace is not None:
                if trace.tb_frame.f_code.co_filename == path:
                    line = trace.tb_lineno
                trace = trace.tb_next
            if isinstance(error, SyntaxError) and error.filename == path:
                line = error.lineno
            told = {"error": "raised", "type": type(error).__name__}
            return told if line is None else dict(told, line=line)

        def load(path, text):
            name = path.removesuffix(".py")
            module = types.ModuleType(name)
            module.__file__ = path
            sys.modules[name] = module
            try:
                exec(compile(text, path, "exec"), module.__dict__)
                return module, None
            except BaseException as error:
                return None, fault(error, path)

        def compare(function, name, call):
            right, response, options = call["right"], call["response"], call["options"]
            def value(right):
                try:
                    return function(references=[right], predictions=[response], **options)
                except TypeError:
                    return function([right, response])
            if call["many"]:
                if name == "exact_match":
                    given = function(references=right, predictions=[response] * len(right), **options)[name]
                    return {name: 1.0 if given > 0 else 0.0}
                given = [value(one) for one in right]
                return {name: 1.0 if any(one[name] if isinstance(one, dict) else one for one in given) else 0.0}
            right = right[0]
            if type(right) is not type(response) and not isinstance(response, list):
                right = type(response)(right)
            given = value(right)
            return given if isinstance(given, dict) else {name: given}

        def values(given):
            if not isinstance(given, dict) or len(given) > 64:
                return {"error": "not-a-dictionary"}
            numbered = {}
            for name, value in given.items():
                if not isinstance(name, str) or len(name) > 256:
                    return {"error": "not-a-name"}
                if not isinstance(value, numbers.Real) and hasattr(value, "item"):
                    value = value.item()
                if not isinstance(value, numbers.Real):
                    return {"error": "not-a-number", "name": name}
                value = float(value)
                if not math.isfinite(value):
                    return {"error": "not-finite", "name": name}
                numbered[name] = value
            return {"values": numbered}

        def call_one(item, call):
            path, name = call["file"], call["name"]
            module, broken = modules[path]
            if broken is not None:
                return broken
            try:
                function = getattr(module, name)
                if "results" in call:
                    results = [tuple(one) if call["pairs"] else one for one in call["results"]]
                    given = function(copy.deepcopy(item), results)
                elif getattr(function, "__name__", None) != name:
                    return {"error": "other-name"}
                else:
                    given = compare(function, name, call)
                return values(given)
            except BaseException as error:
                return fault(error, path)

        def child(writer, offset, count):
            sample = json.loads(read(offset, count))
            writer = fcntl.fcntl(writer, fcntl.F_DUPFD, 64)
            null = os.open("/dev/null", os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
            os.closerange(3, writer)
            os.closerange(writer + 1, 4096)
            random.seed(0)
            answers = []
            for number, call in enumerate(sample["calls"]):
                answer = call_one(sample["item"], call)
                if "error" in answer:
                    answers = dict(answer, call=number)
                    break
                answers.append(answer["values"])
            line = json.dumps(answers).encode() + b"\n"
            while line:
                line = line[os.write(writer, line):]

        def alone():
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                pass
            ended = {}
            while True:
                try:
                    process, status = os.waitpid(-1, 0)
                except ChildProcessError:
                    return ended
                ended[process] = status

        def wipe(folder):
            for name in os.listdir(folder):
                path = folder + "/" + name
                if stat.S_ISDIR(os.lstat(path).st_mode):
                    os.chmod(path, 0o700)
                    wipe(path)
                    os.rmdir(path)
                else:
                    os.unlink(path)

        def state():
            kinds = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
            return (
                [resource.getrlimit(getattr(resource, name)) for name in kinds], os.getpriority(os.PRIO_PROCESS, 0),
                sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0), [os.stat(folder).st_mode for folder in ("/work", "/tmp")])

        def one(offset, count):
            reader, writer = os.pipe()
            process = os.fork()
            if process == 0:
                try:
                    child(writer, offset, count)
                except BaseException:
                    os._exit(1)
                os._exit(0)
            os.close(writer)
            answer, end = b"", time.monotonic() + seconds
            timed_out = False
            while b"\n" not in answer and len(answer) <= longest:
                left = end - time.monotonic()
                if left <= 0:
                    timed_out = True
                    break
                if select.select([reader], [], [], left)[0]:
                    part = os.read(reader, 65536)
                    if not part:
                        break
                    answer += part
            os.close(reader)
            status = alone().get(process, 0)
            line, newline, _ = answer.partition(b"\n")
            if newline and len(line) <= longest:
                return b"answer " + line
            if timed_out or os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                return b"timed-out"
            if len(line) > longest:
                return b"too-long"
            return b"signal %d" % os.WTERMSIG(status) if os.WIFSIGNALED(status) else b"exit %d" % os.waitstatus_to_exitcode(status)

        def tell(line):
            line += b"\n"
            while line:
                line = line[os.write(output, line):]

        head = json.loads(read(0, int(sys.argv[1])))
        seconds, longest = head["seconds"], head["longest"]
        library = ctypes.CDLL(None)
        # PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER
        if library.prctl(4, 0, 0, 0, 0) != 0 or library.prctl(36, 1, 0, 0, 0) != 0:
            os._exit(5)
        output = os.dup(1)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        before = state()
        # Loading has its time, too: SIGALRM ends the process.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        modules = {file["path"]: load(file["path"], file["text"]) for file in head["files"]}
        signal.setitimer(signal.ITIMER_REAL, 0)
        alone()
        tell(b"ready")
        offset = int(sys.argv[1])
        for number, count in enumerate(head["samples"]):
            try:
                wipe("/work")
                wipe("/tmp")
                if state() != before:
                    os._exit(3)
            except BaseException:
                os._exit(3)
            tell(b"%d " % number + one(offset, count))
            offset += count
        """#
}
