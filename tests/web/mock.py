#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""mock.py LAYOUT PAGE - serves the page of a run with made-up figures that move.

LAYOUT is engine/web/layout as a shared object, PAGE the folder of the page. Prints its port, and
serves until standard input ends. Flows are at /three/, /twelve/ and /sixty/, each with the API of
vflow-http(7) below it. POST FLOW/test/WORD makes what happens to a run once happen: `end`, `break` (all
connections for events are cut), `change` (of the flow), `still` (figures stay as they are). /three/ is
read-only.
"""
import ctypes
import http.server
import json
import math
import pathlib
import subprocess
import sys
import threading
import time

POLICY = "default-src 'self'"
TYPES = {'html': 'text/html; charset=utf-8', 'js': 'text/javascript', 'css': 'text/css',
         'svg': 'image/svg+xml'}
WIDTH, HEIGHT = 220, 76


class Node(ctypes.Structure):
    _fields_ = [('width', ctypes.c_double), ('height', ctypes.c_double)]


class Pair(ctypes.Structure):
    _fields_ = [('start', ctypes.c_size_t), ('end', ctypes.c_size_t)]


class Graph(ctypes.Structure):
    _fields_ = [('nodes', ctypes.POINTER(Node)), ('node_count', ctypes.c_size_t),
                ('edges', ctypes.POINTER(Pair)), ('edge_count', ctypes.c_size_t)]


class Point(ctypes.Structure):
    _fields_ = [('x', ctypes.c_double), ('y', ctypes.c_double)]


class Box(ctypes.Structure):
    _fields_ = [('x', ctypes.c_double), ('y', ctypes.c_double), ('layer', ctypes.c_size_t)]


class Line(ctypes.Structure):
    _fields_ = [('points', ctypes.POINTER(Point)), ('count', ctypes.c_size_t)]


class Layers(ctypes.Structure):
    _fields_ = [('width', ctypes.c_double), ('height', ctypes.c_double),
                ('boxes', ctypes.POINTER(Box)), ('box_count', ctypes.c_size_t),
                ('lines', ctypes.POINTER(Line)), ('line_count', ctypes.c_size_t)]


def lay_out(library, tasks, edges):
    """Puts x, y, width, height and points into a flow as engine/web/layout finds them."""
    index = {task['name']: i for i, task in enumerate(tasks)}
    nodes = (Node * len(tasks))(*[(WIDTH, HEIGHT)] * len(tasks))
    pairs = (Pair * (len(edges) + 1))(*[(index[e['from']], index[e['to']]) for e in edges])
    graph = Graph(nodes, len(tasks), pairs, len(edges))
    layers = ctypes.POINTER(Layers)()
    if library.vf_layers_create(ctypes.byref(layers), ctypes.byref(graph)) != 0:
        raise RuntimeError('the flow cannot be laid out')
    drawn = layers.contents
    for task, box in zip(tasks, drawn.boxes[:len(tasks)]):
        task.update(x=box.x, y=box.y, width=WIDTH, height=HEIGHT)
    for edge, line in zip(edges, drawn.lines[:len(edges)]):
        edge['points'] = [[p.x, p.y] for p in line.points[:line.count]]
    size = drawn.width, drawn.height
    library.vf_layers_destroy(ctypes.byref(layers))
    return size


THREE = '''reader:video_reader small:resize writer:video_writer
reader>small small>writer'''
TWELVE = '''camera:stream_reader small:resize motion:motion faces:detect track:track sort:python
marked:draw_boxes caption:draw_text preview:tap_out events:csv_writer clips:video_writer mail:mqtt_out
camera>small camera>marked small>motion small>faces motion>sort faces>track/boxes track>sort/boxes
sort>marked/boxes marked>caption caption>clips caption>preview sort>events/values sort>mail/values
mail>sort/feed'''


def sixty():
    """Seven cameras of eight tasks, and four for all of them."""
    words, edges = [], []
    for n in range(1, 8):
        names = [f'{word}_{n}' for word in ('camera', 'small', 'motion', 'faces', 'track', 'boxes',
                                            'clips', 'list')]
        kinds = ('stream_reader', 'resize', 'motion', 'detect', 'track', 'draw_boxes',
                 'video_writer', 'csv_writer')
        words += [f'{name}:{kind}' for name, kind in zip(names, kinds)]
        camera, small, motion, faces, track, boxes, clips, values = names
        edges += [f'{camera}>{small}', f'{camera}>{boxes}', f'{small}>{motion}', f'{motion}>{faces}',
                  f'{faces}>{track}/boxes', f'{track}>{boxes}/boxes', f'{boxes}>{clips}',
                  f'{track}>{values}/values', f'{boxes}>wall']
    words += ['wall:tile', 'clock:draw_text', 'show:hls_writer', 'record:video_writer']
    edges += ['wall>clock', 'clock>show', 'clock>record']
    return ' '.join(words + edges)


class Run:
    """A run that began a minute ago; what it does is a function of the time."""

    def __init__(self, name, text, library):
        self.name, self.revision, self.is_over, self.still = name, 0, False, None
        self.breaks, self.since, self.asked = 0, time.time() - 75, []
        words = text.split()
        self.tasks, self.edges = [], []
        for word in (word for word in words if ':' in word):
            task, _, kind = word.partition(':')
            self.tasks.append({
                'name': task, 'node': task, 'type': kind, 'gpu': None,
                'summary': f'Does what {kind} does with each frame',
                'options': {'width': 640, 'filter': 'bilinear', 'password': '***', 'parts': [1, 2]},
                'inputs': [], 'outputs': []})
        for number, word in enumerate((word for word in words if '>' in word), 1):
            pair, _, port = word.partition('/')
            sender, receiver = pair.split('>')
            port = port or 'video'
            self.edges.append({
                'id': number, 'from': sender, 'port': port, 'to': receiver, 'input': port,
                'type': 'video' if port == 'video' else 'values', 'queue': 10,
                'drop': 'newest' if name == 'twelve' else 'never', 'picture': port == 'video',
                'boxes': port == 'video' and sender in ('marked', 'caption')})
        for task in self.tasks:
            sends = any(e['from'] == task['name'] for e in self.edges)
            reads = any(e['to'] == task['name'] for e in self.edges)
            task['kind'] = 'processor' if sends and reads else 'producer' if sends else 'consumer'
        self.width, self.height = lay_out(library, self.tasks, self.edges)

    def flow(self, control):
        return {'name': self.name, 'flow': f'/flows/{self.name}.yaml',
                'mode': 'realtime' if self.name == 'twelve' else 'batch',
                'since': '2026-01-31T12:00:00.000Z', 'version': '0.1.0', 'revision': self.revision,
                'control': control, 'width': self.width, 'height': self.height,
                'tasks': self.tasks, 'edges': self.edges}

    def now(self):
        """The number of the newest sample."""
        return int((time.time() - self.since) * 2)

    def task(self, i, t):
        limits = i == len(self.tasks) // 3
        swing = math.sin(t / 7 + i) * 0.5 + math.sin(t / 1.7 + 2 * i) * 0.3
        fps = round(25 + swing, 3)
        busy = round(0.97 + 0.01 * swing if limits else 0.12 + 0.09 * (i % 5) + 0.04 * swing, 4)
        blocked = round(0.4 if i < len(self.tasks) // 3 and i % 2 == 0 else 0.01, 4)
        waiting = round(max(0, 1 - busy - blocked), 4)
        state = max((busy, 'busy'), (blocked, 'blocked'), (waiting, 'waiting'))[1]
        work = [round(busy * 40 * f, 3) for f in (1, 1.6, 2.2)]
        return {'state': state, 'fps': fps, 'busy': busy, 'waiting': waiting, 'blocked': blocked,
                'in': int(25 * t), 'out': int(25 * t) - 1,
                'dropped': int(t) if self.name == 'twelve' and i == 0 else 0,
                'errors': 1 if i == 40 else 0, 'restarts': 2 if i == 4 else 0,
                'activity': {'busy': 'busy', 'blocked': 'room', 'waiting': 'input'}[state],
                'waits': [] if state == 'busy' else [self.tasks[(i + 1) % len(self.tasks)]['name']],
                'pid': 4711 + i, 'work_ms': work, 'age_ms': [round(w * (i + 2), 2) for w in work]}

    def sample(self, number):
        t = (self.still if self.still is not None else number) / 2
        names = [task['name'] for task in self.tasks]
        tasks = {name: self.task(i, t) for i, name in enumerate(names)}
        edges = {}
        for edge in self.edges:
            sender, receiver = tasks[edge['from']], tasks[edge['to']]
            fill = round(min(1, 0.92 * receiver['busy'] + 0.05 * math.sin(t + edge['id'])), 2)
            fill = max(0, fill if receiver['busy'] > 0.4 else fill / 4)
            drops = self.name == 'twelve' and edge['id'] == 2
            why = ''
            if sender['state'] == 'blocked' and fill > 0.3:
                why = f"{edge['from']} waits for room: {edge['to']} is {receiver['state']}"
            elif receiver['state'] == 'waiting' and len(names) < 20 and sender['busy'] > 0.4:
                why = f"{edge['to']} waits for input: {edge['from']} is {sender['state']}"
            edges[str(edge['id'])] = {
                'rate': sender['fps'] / (5 if edge['type'] == 'values' else 1),
                'waiting': round(10 * fill), 'fill': fill, 'dropped': int(t) if drops else 0,
                'dropped_rate': 1.0 if drops else 0.0, 'why': why}
        limit = names[len(names) // 3]
        percent = round(t / 3 % 100, 2) if self.name != 'twelve' else None
        run = {'state': 'ended' if self.is_over else 'running', 'fps': tasks[names[-1]]['fps'],
               'frames': int(25 * t), 'percent': percent,
               'left_seconds': None if percent is None else round(300 - t % 300, 1), 'speed': 1.0,
               'dropped': tasks[names[0]]['dropped'], 'restarts': 2 if len(names) > 4 else 0,
               'limit': f"{limit} limits the flow: it is at work "
                        f"{round(100 * tasks[limit]['busy'])} % of the time", 'bottleneck': limit}
        return {'time': '2026-01-31T12:00:00Z', 't': number / 2, 'run': run, 'tasks': tasks,
                'edges': edges}


def difference(old, new):
    """The JSON merge patch from one value to another."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif old[key] != value:
            patch[key] = difference(old[key], value)
    return patch


def make_pictures():
    """Pictures that move, as JPEG."""
    made = subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i',
                           'testsrc2=size=640x360:rate=10', '-frames:v', '10', '-f', 'image2pipe',
                           '-c:v', 'mjpeg', '-'], stdout=subprocess.PIPE, check=True).stdout
    return [b'\xff\xd8\xff' + part for part in made.split(b'\xff\xd8\xff')[1:]]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, body, kind='application/json', status=200):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        self.send_header('Content-Security-Policy', POLICY)
        self.send_header('Cache-Control', 'no-cache')
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message):
        self.answer({'error': {'message': message}}, status=status)

    def start_stream(self, kind):
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.send_header('Connection', 'close')
        self.end_headers()
        self.close_connection = True

    def events(self, run):
        self.start_stream('text/event-stream')
        self.wfile.write(b'retry: 500\n\n')
        number, before, revision, breaks = 0, None, run.revision, run.breaks
        while run.breaks == breaks:
            if run.now() <= number:
                time.sleep(0.02)
                continue
            number = run.now()
            sample = run.sample(number)
            event = ('sample', sample) if before is None else ('change', difference(before, sample))
            before = sample
            events = [event]
            if run.revision != revision:
                revision = run.revision
                events.append(('flow', {'revision': revision}))
            if run.is_over:
                events.append(('end', {'state': 'ended'}))
            for name, data in events:
                self.wfile.write(f'id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n'.encode())
            self.wfile.flush()
            if run.is_over:
                return

    def pictures(self):
        self.start_stream('multipart/x-mixed-replace; boundary=frame')
        for n in range(100000):
            picture = self.server.pictures[n % len(self.server.pictures)]
            self.wfile.write(b'--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n'
                             % (len(picture), picture))
            time.sleep(0.2)

    def do_GET(self):
        try:
            self.route()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def route(self):
        path = self.path.partition('?')[0]
        flow, _, rest = path[1:].partition('/')
        run = self.server.runs.get(flow)
        if not run:
            self.refuse(404, f'there is no {path}')
        elif rest in self.server.files:
            self.answer(self.server.files[rest], TYPES[(rest or 'index.html').rpartition('.')[2]])
        elif rest == 'api/v1/flow':
            self.answer(run.flow(flow != 'three'))
        elif rest == 'api/v1/live':
            self.answer(run.sample(run.now()))
        elif rest == 'api/v1/history':
            now = run.now()
            self.answer({'samples': [run.sample(n) for n in range(now - 120, now)]})
        elif rest == 'api/v1/events':
            self.events(run)
        elif rest.endswith('/log'):
            self.answer({'lines': [f'12:00:{n:02} reads street.mkv, part {n}' for n in range(12)]})
        elif rest.endswith('/values'):
            self.answer([{'time': 1.25, 'boxes': [{'x': 10, 'y': 20, 'label': 'person'}]}] * 3)
        elif rest.endswith('.mjpeg'):
            self.pictures()
        elif rest.endswith('.jpg'):
            self.answer(self.server.pictures[0], 'image/jpeg')
        elif rest == 'test/asked':
            self.answer(run.asked)
        else:
            self.refuse(404, f'there is no {path}')

    def do_POST(self):
        flow, _, rest = self.path[1:].partition('/')
        run = self.server.runs[flow]
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        word = rest.rpartition('/')[2]
        if rest.startswith('api/v1/'):
            run.asked.append({'path': rest, 'body': body.decode(),
                              'token': self.headers.get('Authorization')})
        elif word == 'end':
            run.is_over = True
        elif word == 'break':
            run.breaks += 1
        elif word == 'change':
            run.revision += 1
            run.tasks[-1]['type'] = 'changed'
        elif word == 'still':
            run.still = run.now()
        self.answer({})


def main():
    library = ctypes.CDLL(sys.argv[1])
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    server.runs = {name: Run(name, text, library) for name, text in
                   (('three', THREE), ('twelve', TWELVE), ('sixty', sixty()))}
    server.files = {p.name: p.read_bytes() for p in pathlib.Path(sys.argv[2]).iterdir()}
    server.files[''] = server.files['index.html']
    server.pictures = make_pictures()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


main()
