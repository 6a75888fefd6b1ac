/** What python3 runs for the peer PyTorch. The losses are written as one would write them there (maths §2). */
export const PYTORCH_PROGRAM = `
import json, math, resource, sys, time
import numpy as np
import torch
import torch.nn.functional as F

threads = int(sys.argv[1])
if threads > 0:
    torch.set_num_threads(threads)


def peak_bytes():
    try:
        with open('/proc/self/status') as status:
            for line in status:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    unit = 1 if sys.platform == 'darwin' else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def blas():
    """Which BLAS is loaded: the reference one is ten times slower than any other."""
    try:
        with open('/proc/self/maps') as maps:
            loaded = maps.read().lower()
    except OSError:
        return ''
    names = {'openblas': 'OpenBLAS', 'mkl': 'MKL', 'blis': 'BLIS', '/libblas.so': 'reference BLAS'}
    return next((name for part, name in names.items() if part in loaded), '')


def read_inputs(file):
    types = {'f32': np.float32, 'i32': np.int32}
    inputs = {}
    for section in file['sections']:
        count = math.prod(section['shape'])
        values = np.fromfile(file['path'], types[section['type']], count, offset=section['offset'])
        inputs[section['name']] = torch.from_numpy(values.reshape(section['shape']))
    return inputs


def loss_of(problem):
    n, tau, mu, sigma = problem['n'], problem['temperature'], problem['mu'], problem['sigma']
    if problem['case'] == 'cross':
        labels = torch.arange(n)
        return lambda a, b: F.cross_entropy(F.normalize(a) @ F.normalize(b).T / tau, labels)
    self_mask = torch.eye(2 * n, dtype=torch.bool)
    partner = torch.arange(2 * n).roll(n)
    if problem['case'] != 'adnce':
        def nt_xent(a, b):
            z = F.normalize(torch.cat([a, b]))
            return F.cross_entropy((z @ z.T / tau).masked_fill(self_mask, -math.inf), partner)
        return nt_xent
    outside = self_mask | self_mask.roll(n, 0)

    def adnce(a, b):
        z = F.normalize(torch.cat([a, b]))
        scores = z @ z.T
        positive = (z * z[partner]).sum(1) / tau
        with torch.no_grad():
            g = (-((scores - mu) ** 2) / (2 * sigma * sigma)).masked_fill(outside, -math.inf)
            weights = g - torch.logsumexp(g, 1, keepdim=True) + math.log(2 * n - 2)
        negative = torch.logsumexp(scores / tau + weights, 1)
        return (torch.logaddexp(positive, negative) - positive).mean()
    return adnce


class Loss:
    def __init__(self, problem, inputs):
        self.views = [inputs[name].requires_grad_() for name in ('a', 'b')]
        self.loss = loss_of(problem)

    def step(self):
        for view in self.views:
            view.grad = None
        loss = self.loss(*self.views)
        loss.backward()
        return loss.item()

    def check(self):
        loss = self.step()
        return loss, [view.grad for view in self.views]


class Mlp:
    def __init__(self, problem, inputs):
        self.x = torch.cat([inputs['x1'], inputs['x2']])
        self.first = torch.nn.Linear(*reversed(inputs['w1'].shape))
        self.second = torch.nn.Linear(*reversed(inputs['w2'].shape))
        self.parameters = [self.first.weight, self.first.bias, self.second.weight, self.second.bias]
        with torch.no_grad():
            for parameter, name in zip(self.parameters, ('w1', 'b1', 'w2', 'b2')):
                parameter.copy_(inputs[name])
        self.loss = loss_of(problem)
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3)

    def backward(self):
        self.optimizer.zero_grad(set_to_none=True)
        a, b = self.second(torch.relu(self.first(self.x))).chunk(2)
        loss = self.loss(a, b)
        loss.backward()
        return loss.item()

    def step(self):
        loss = self.backward()
        self.optimizer.step()
        return loss

    def check(self):
        loss = self.backward()
        return loss, [parameter.grad for parameter in self.parameters]


run = None
open_bytes = 0


def answer(request):
    global run, open_bytes
    if request['op'] == 'open':
        problem = request['problem']
        inputs = read_inputs(request['inputs'])
        run = (Mlp if problem['case'] == 'mlp' else Loss)(problem, inputs)
        open_bytes = peak_bytes()
        version = ' '.join([torch.__version__.split('+')[0], blas()]).strip()
        return {'threads': torch.get_num_threads(), 'version': version}
    if request['op'] == 'check':
        loss, gradients = run.check()
        arrays = [gradient.numpy() for gradient in gradients]
        np.concatenate([array.ravel() for array in arrays]).tofile(request['gradients'])
        return {'loss': loss, 'lengths': [array.size for array in arrays]}
    if request['op'] == 'measure':
        start = time.perf_counter()
        for _ in range(request['repeats']):
            run.step()
        return {'milliseconds': (time.perf_counter() - start) * 1000 / request['repeats']}
    return {'peakBytes': peak_bytes(), 'openBytes': open_bytes}


for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {'ok': True, 'value': answer(request)}
    except Exception as error:
        reply = {'ok': False, 'unavailable': False, 'message': f'{type(error).__name__}: {error}'}
    print(json.dumps(reply, separators=(',', ':')), flush=True)
    if request['op'] == 'close':
        break
`;
