import { describe, expect, it } from 'vitest';
import { ImageMap } from '../../../sandbox/src/sagemaker/images';

const map = new ImageMap('definition');
const registry = '683313688378.dkr.ecr.us-east-1.amazonaws.com';

describe('the image map', () => {
  it.each([
    [`${registry}/sagemaker-xgboost:3.2-0`, 'xgboost'],
    [`${registry}/sagemaker-xgboost:3.2-0-cpu-py3`, 'xgboost'],
    ['111122223333.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3', 'scikit-learn'],
    ['sagemaker-scikit-learn:1.9-0', 'scikit-learn'],
  ])('runs %s on the %s runtime', (uri, runtime) => {
    expect(map.resolve(uri).runtime).toBe(runtime);
  });

  it('takes an image by the digest that it tells, and by no other', () => {
    const { digest } = map.list().find((image) => image.repository === 'sagemaker-xgboost')!;
    const uri = `${registry}/sagemaker-xgboost@${digest}`;
    expect(map.resolve(uri)).toEqual({ runtime: 'xgboost', resolved: uri });
    expect(() => map.resolve(`${registry}/sagemaker-xgboost@sha256:${'0'.repeat(64)}`)).toThrow('no local runtime');
  });

  it('resolves a tag to the digest, which changes with the definition', () => {
    const { resolved } = map.resolve(`${registry}/sagemaker-xgboost:3.2-0`);
    expect(resolved).toMatch(/\/sagemaker-xgboost@sha256:[0-9a-f]{64}$/);
    expect(new ImageMap('other').resolve(`${registry}/sagemaker-xgboost:3.2-0`).resolved).not.toBe(resolved);
  });

  it.each([`${registry}/sagemaker-xgboost:1.7-1`, `${registry}/sagemaker-xgboost`, `${registry}/mine:3.2-0`, ''])(
    "refuses '%s', saying what is mapped and how to map it",
    (uri) => {
      expect(() => map.resolve(uri)).toThrow(/sagemaker-xgboost:3\.2-0.*mlops\.sandbox\.json/);
    },
  );

  it("maps the user's prefixes, the longest first", () => {
    const own = new ImageMap('d', { 'reg.example/team': 'xgboost', 'reg.example/team/sk': 'scikit-learn' });
    expect(own.resolve('reg.example/team/sk:1').runtime).toBe('scikit-learn');
    expect(own.resolve('reg.example/team/other:1').runtime).toBe('xgboost');
  });

  it('refuses a mapping to a runtime that does not exist', () => {
    expect(() => new ImageMap('d', { 'reg.example/x': 'torch' })).toThrow("unknown runtime 'torch'");
  });
});
