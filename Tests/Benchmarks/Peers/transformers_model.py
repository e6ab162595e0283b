"""What transformers says of a GGUF model, in float32 on the processor: a line of JSON for every line on standard input.

    transformers_model.py MODEL

{"text":T} gives {"tokens":[...],"logprobs":[null,...]}, {"messages":[...]} gives {"text":T}, as `assay-engine score` and
`render` do. It reads the model as the script that made the tests' fixtures does.
"""
import importlib.util
import json
import pathlib
import sys

import gguf
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "fixtures", HERE.parent.parent / "InferenceEngineTests" / "Fixtures" / "generate-models.py")
fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)

path = pathlib.Path(sys.argv[1]).resolve()
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
tokenizer = fixtures.tokenizer_of(path)
fields = gguf.GGUFReader(path).fields
words = fields["tokenizer.ggml.tokens"].contents()
chat = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, chat_template=fields["tokenizer.chat_template"].contents(),
    bos_token=words[fields["tokenizer.ggml.bos_token_id"].contents()],
    eos_token=words[fields["tokenizer.ggml.eos_token_id"].contents()])

for line in sys.stdin:
    asked = json.loads(line)
    if "messages" in asked:
        answer = {"text": chat.apply_chat_template(asked["messages"], tokenize=False, add_generation_prompt=True)}
    else:
        tokens = tokenizer.encode(asked["text"]).ids
        answer = {"tokens": tokens, "logprobs": fixtures.logprobs(model, tokens)}
    print(json.dumps(answer), flush=True)
