import { CfnOutput, CustomResource, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';

/** A key that signs, and whose public half anybody may have. */
export interface ISigningKey {
  readonly keyArn: string;
  /** PEM. */
  readonly publicKey: string;
  /** Lets a handler sign, and nothing else. */
  grantSign(grantee: IGrantable): Grant;
}

/** Properties of a SigningKey. */
export interface SigningKeyProps {
  /** Encrypts the logs of the function that reads the public half. */
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

const signing = (keyArn: string, grantee: IGrantable): Grant =>
  Grant.addToPrincipal({ grantee, actions: ['kms:Sign'], resourceArns: [keyArn] });

/**
 * An asymmetric key of KMS (ECDSA on P-256). Its private half never leaves KMS; its public half is an attribute, so that
 * signatures can be checked without AWS. $1 a month.
 */
export class SigningKey extends Construct implements ISigningKey {
  /** A key that another stack made. */
  public static fromAttributes(keyArn: string, publicKey: string): ISigningKey {
    return { keyArn, publicKey, grantSign: (grantee) => signing(keyArn, grantee) };
  }

  public readonly key: Key;
  public readonly keyArn: string;
  public readonly publicKey: string;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Signs the versions and audits of a cdk-mlops platform.',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: props.removalPolicy,
    });
    this.keyArn = this.key.keyArn;
    const reader = new HandlerFunction(this, 'PublishPublicKey', {
      handler: 'artifacts-publish-public-key',
      description: 'Reads the public half of the signing key when the stack is deployed',
      network: props.network,
      encryptionKey: props.encryptionKey,
    });
    Grant.addToPrincipal({ grantee: reader, actions: ['kms:GetPublicKey'], resourceArns: [this.keyArn] });
    const resource = new CustomResource(this, 'PublicKey', {
      serviceToken: reader.functionArn,
      resourceType: 'Custom::PublicKey',
      serviceTimeout: Duration.minutes(2),
      properties: { keyArn: this.keyArn },
    });
    this.publicKey = resource.getAttString('PublicKey');
    new CfnOutput(this, 'Pem', {
      value: this.publicKey,
      description: 'Public key, PEM: with it `mlops models verify` checks signatures without AWS',
    });
  }

  public grantSign(grantee: IGrantable): Grant {
    return signing(this.keyArn, grantee);
  }
}
