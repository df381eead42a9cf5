/** The few messages of ONNX that a feed-forward model needs: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
import { PbfWriter } from 'pbf';

/** Field numbers of onnx.proto. */
const modelField = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  modelVersion: 5,
  docString: 6,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
} as const;
const opsetField = { version: 2 } as const;
const entryField = { key: 1, value: 2 } as const;
const graphField = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const nodeField = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const attributeField = { name: 1, float: 2, integer: 3, integers: 8, type: 20 } as const;
const attributeType = { float: 1, integer: 2, integers: 7 } as const;
const tensorField = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
const valueInfoField = { name: 1, type: 2, docString: 3 } as const;
const typeField = { tensorType: 1 } as const;
const tensorTypeField = { elementType: 1, shape: 2 } as const;
const shapeField = { dim: 1 } as const;
const dimensionField = { value: 1, parameter: 2 } as const;

/** TensorProto.DataType.FLOAT */
const float32 = 1;

/** IR version 7 came with operator set 13 (ONNX 1.8): what reads the one reads the other. */
const irVersion = 7;
const operatorSet = 13;

export interface OnnxNode {
  operator: string;
  name: string;
  inputs: readonly string[];
  output: string;
  attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Named by its type: JavaScript does not tell 1.0 from 1. */
export type OnnxAttribute = { float: number } | { integer: number } | { integers: readonly number[] };

interface OnnxTensor {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

/** An input or output: its dimensions are sizes, or names of sizes that are free. */
interface OnnxValue {
  name: string;
  shape: readonly (number | string)[];
  description: string;
}

export interface OnnxModel {
  name: string;
  description: string;
  producer: { name: string; version: string };
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxTensor[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  metadata: Readonly<Record<string, string>>;
}

/** Encodes a ModelProto. The same model gives the same bytes. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(modelField.irVersion, irVersion);
  writer.writeStringField(modelField.producerName, model.producer.name);
  writer.writeStringField(modelField.producerVersion, model.producer.version);
  writer.writeVarintField(modelField.modelVersion, 1);
  writer.writeStringField(modelField.docString, model.description);
  writer.writeMessage(modelField.graph, writeGraph, model);
  writer.writeMessage(
    modelField.opsetImport,
    (version: number, set) => set.writeVarintField(opsetField.version, version),
    operatorSet,
  );
  for (const entry of Object.entries(model.metadata)) {
    writer.writeMessage(modelField.metadataProps, writeEntry, entry);
  }
  return writer.finish();
}

function writeEntry([key, value]: [string, string], writer: PbfWriter): void {
  writer.writeStringField(entryField.key, key);
  writer.writeStringField(entryField.value, value);
}

function writeGraph(model: OnnxModel, writer: PbfWriter): void {
  for (const node of model.nodes) writer.writeMessage(graphField.node, writeNode, node);
  writer.writeStringField(graphField.name, model.name);
  for (const tensor of model.initializers) writer.writeMessage(graphField.initializer, writeTensor, tensor);
  for (const value of model.inputs) writer.writeMessage(graphField.input, writeValue, value);
  for (const value of model.outputs) writer.writeMessage(graphField.output, writeValue, value);
}

function writeNode(node: OnnxNode, writer: PbfWriter): void {
  for (const input of node.inputs) writer.writeStringField(nodeField.input, input);
  writer.writeStringField(nodeField.output, node.output);
  writer.writeStringField(nodeField.name, node.name);
  writer.writeStringField(nodeField.opType, node.operator);
  for (const attribute of Object.entries(node.attributes)) {
    writer.writeMessage(nodeField.attribute, writeAttribute, attribute);
  }
}

function writeAttribute([name, attribute]: [string, OnnxAttribute], writer: PbfWriter): void {
  writer.writeStringField(attributeField.name, name);
  if ('float' in attribute) {
    writer.writeFloatField(attributeField.float, attribute.float);
    writer.writeVarintField(attributeField.type, attributeType.float);
  } else if ('integer' in attribute) {
    writer.writeVarintField(attributeField.integer, attribute.integer);
    writer.writeVarintField(attributeField.type, attributeType.integer);
  } else {
    // Not packed, as proto2 has repeated numbers.
    for (const integer of attribute.integers) writer.writeVarintField(attributeField.integers, integer);
    writer.writeVarintField(attributeField.type, attributeType.integers);
  }
}

function writeTensor({ name, shape, data }: OnnxTensor, writer: PbfWriter): void {
  for (const size of shape) writer.writeVarintField(tensorField.dims, size);
  writer.writeVarintField(tensorField.dataType, float32);
  writer.writeStringField(tensorField.name, name);
  writer.writeBytesField(tensorField.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, shape, description }: OnnxValue, writer: PbfWriter): void {
  writer.writeStringField(valueInfoField.name, name);
  writer.writeMessage(
    valueInfoField.type,
    (_, type) => type.writeMessage(typeField.tensorType, writeTensorType, shape),
    undefined,
  );
  writer.writeStringField(valueInfoField.docString, description);
}

function writeTensorType(shape: OnnxValue['shape'], writer: PbfWriter): void {
  writer.writeVarintField(tensorTypeField.elementType, float32);
  writer.writeMessage(
    tensorTypeField.shape,
    (_, message) => {
      for (const size of shape) message.writeMessage(shapeField.dim, writeDimension, size);
    },
    undefined,
  );
}

function writeDimension(size: number | string, writer: PbfWriter): void {
  if (typeof size === 'number') writer.writeVarintField(dimensionField.value, size);
  else writer.writeStringField(dimensionField.parameter, size);
}
