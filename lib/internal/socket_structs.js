'use strict';

const {
  ObjectFreeze,
  ObjectKeys,
} = primordials;

const {
  decodeSocketStruct,
  encodeSocketStruct,
  socketStructs,
} = internalBinding('tcp_wrap');

const {
  codes: {
    ERR_INVALID_ARG_VALUE,
  },
} = require('internal/errors');
const {
  validateBoolean,
  validateBuffer,
  validateInteger,
  validateObject,
  validateString,
} = require('internal/validators');

function validateMember(value, name, { kind, max }) {
  switch (kind) {
    case 'flag':
      return validateBoolean(value, name);
    case 'integer':
      return validateInteger(value, name, 0, max);
    default:
      // An address, which C++ will parse.
      return validateString(value, name);
  }
}

function defineStruct(index, { members, size }) {
  const names = ObjectKeys(members);

  return ObjectFreeze({
    __proto__: null,

    size,

    encode(fields) {
      validateObject(fields, 'fields');
      // Read each field only once, so that the encoded value is the validated
      // one.
      const values = { __proto__: null };
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        const value = fields[name];
        validateMember(value, `fields.${name}`, members[name]);
        values[name] = value;
      }
      const result = encodeSocketStruct(index, values);
      if (typeof result === 'number') {
        const name = names[result];
        const { kind } = members[name];
        throw new ERR_INVALID_ARG_VALUE(
          `fields.${name}`, values[name],
          `must be an ${kind} address${kind === 'IPv6' ? ' without a zone' : ''}`);
      }
      return result;
    },

    decode(view) {
      validateBuffer(view, 'view');
      const result = decodeSocketStruct(index, view);
      // Do not report the view itself: older lines fail to inspect a detached
      // one.
      if (typeof result === 'number') {
        throw new ERR_INVALID_ARG_VALUE(
          'view.byteLength', result, `must be ${size}`);
      }
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        // Reject a number that JavaScript cannot represent exactly.
        if (members[name].kind === 'integer')
          validateInteger(result[name], name);
      }
      return result;
    },
  });
}

const structs = { __proto__: null };
let index = 0;
for (const name in socketStructs)
  structs[name] = defineStruct(index++, socketStructs[name]);

module.exports = ObjectFreeze(structs);
