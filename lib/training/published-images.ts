import { Aws, CfnMapping, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Accounts from which AWS publishes its XGBoost and scikit-learn images, by region. Source: `image_uri_config/xgboost.json`
 * and `sklearn.json` of sagemaker-core, August 2026; both list the same accounts.
 */
const ACCOUNTS: Readonly<Record<string, string>> = {
  'af-south-1': '510948584623',
  'ap-east-1': '651117190479',
  'ap-northeast-1': '354813040037',
  'ap-northeast-2': '366743142698',
  'ap-northeast-3': '867004704886',
  'ap-south-1': '720646828776',
  'ap-south-2': '628508329040',
  'ap-southeast-1': '121021644041',
  'ap-southeast-2': '783357654285',
  'ap-southeast-3': '951798379941',
  'ap-southeast-4': '106583098589',
  'ca-central-1': '341280168497',
  'ca-west-1': '190319476487',
  'cn-north-1': '450853457545',
  'cn-northwest-1': '451049120500',
  'eu-central-1': '492215442770',
  'eu-central-2': '680994064768',
  'eu-north-1': '662702820516',
  'eu-south-1': '978288397137',
  'eu-south-2': '104374241257',
  'eu-west-1': '141502667606',
  'eu-west-2': '764974769150',
  'eu-west-3': '659782779980',
  'il-central-1': '898809789911',
  'me-central-1': '272398656194',
  'me-south-1': '801668240914',
  'sa-east-1': '737474898029',
  'us-east-1': '683313688378',
  'us-east-2': '257758044811',
  'us-gov-east-1': '237065988967',
  'us-gov-west-1': '414596584902',
  'us-iso-east-1': '833128469047',
  'us-isob-east-1': '281123927165',
  'us-isof-east-1': '108575199400',
  'us-isof-south-1': '124985052026',
  'us-west-1': '746614075791',
  'us-west-2': '246618743249',
};

const MAPPING_ID = 'CdkMlopsImageAccounts';

/**
 * URI (without a tag) and repository ARN of an image that AWS publishes, in the scope's region. Where the region is not
 * known before the deployment, the account comes from a mapping in the template.
 * @throws Error where AWS publishes the image in another region only.
 * @internal
 */
export function publishedImage(scope: Construct, repository: string): { uri: string; repositoryArn: string } {
  const stack = Stack.of(scope);
  const account = Token.isUnresolved(stack.region) ? mappedAccount(stack) : ACCOUNTS[stack.region];
  if (account === undefined) {
    throw new Error(
      `AWS publishes no ${repository} image in ${stack.region}. Copy the image to a repository there and use ` +
        'ModelImage.fromEcrRepository.',
    );
  }
  return {
    uri: `${account}.dkr.ecr.${stack.region}.${stack.urlSuffix}/${repository}`,
    repositoryArn: stack.formatArn({ service: 'ecr', account, resource: 'repository', resourceName: repository }),
  };
}

/** One mapping a stack, at its root: it is the same for all images. */
function mappedAccount(stack: Stack): string {
  const existing = stack.node.tryFindChild(MAPPING_ID) as CfnMapping | undefined;
  const mapping =
    existing ??
    new CfnMapping(stack, MAPPING_ID, {
      mapping: Object.fromEntries(Object.entries(ACCOUNTS).map(([region, account]) => [region, { account }])),
    });
  return mapping.findInMap(Aws.REGION, 'account');
}
