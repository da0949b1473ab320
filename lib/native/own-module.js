/**
 * Node's class of modules, by way of this one: `require('node:module')` would load Node's loader of ES modules, which takes
 * a fifth of this package's loading time. In a bundle this may be any object. The packer replaces this file, since what it
 * makes is a bundle itself.
 */

module.exports = module.constructor;
